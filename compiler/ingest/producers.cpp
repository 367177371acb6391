// SPDX-License-Identifier: Apache-2.0
#include "ingest/producers.hpp"

#include <utility>

#include "ingest/cursor.hpp"

namespace ingot::compiler::ingest {
namespace {

constexpr std::uint64_t preamble_bytes = 8;
constexpr std::uint8_t custom_section = 0;
constexpr std::uint32_t values_max = 10'000;

std::vector<format::Producer> read_content(Cursor& cursor) {
  std::vector<format::Producer> producers;
  const std::uint32_t fields = cursor.count(values_max, "fields");
  for (std::uint32_t i = 0; i < fields && cursor.ok(); ++i) {
    const std::string field = cursor.name();
    const std::uint32_t values = cursor.count(values_max, "values");
    for (std::uint32_t k = 0; k < values && cursor.ok(); ++k) {
      format::Producer producer{field, cursor.name(), cursor.name()};
      const auto fits = [](const std::string& text) { return text.size() <= format::provenance_label_bytes_max; };
      if (!fits(field) || !fits(producer.name) || !fits(producer.version)) continue;
      if (producers.size() < format::provenance_producers_max) producers.push_back(std::move(producer));
    }
  }
  if (!cursor.ok() || !cursor.at_end()) producers.clear();
  return producers;
}

}  // namespace

std::vector<format::Producer> read_producers(format::ByteView module) {
  if (module.size() < preamble_bytes) return {};
  Cursor sections(module, preamble_bytes, module.size(), "module");
  while (!sections.at_end()) {
    const std::uint8_t id = sections.u8();
    const std::uint32_t length = sections.u32();
    Cursor section = sections.sub(length, "section");
    if (!sections.ok()) break;
    if (id == custom_section && section.name() == "producers" && section.ok()) return read_content(section);
  }
  return {};
}

}  // namespace ingot::compiler::ingest
