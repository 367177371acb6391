// SPDX-License-Identifier: Apache-2.0
#include "parts.hpp"

#include <algorithm>

namespace ingot::mutate {
namespace {

constexpr std::uint64_t count_max = 1'000'000;
constexpr std::uint64_t locals_listed_max = 10'000;

/// A reader that turns not-ok and then returns zeros.
struct Reader {
  ByteView bytes;
  std::size_t at = 0;
  bool ok = true;

  std::uint64_t number() {
    const auto value = read_number(bytes, at);
    if (!value) ok = false, at = bytes.size();
    return value.value_or(0);
  }
  std::uint64_t count() {
    const std::uint64_t value = number();
    if (value > count_max) ok = false;
    return ok ? value : 0;
  }
  std::uint8_t byte() {
    if (at < bytes.size()) return bytes[at++];
    ok = false;
    return 0;
  }
  Bytes take(std::uint64_t size) {
    if (size > bytes.size() - at) {
      ok = false;
      return {};
    }
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    at += size;
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  }
  void limits() {
    const std::uint8_t flags = byte();
    number();
    if ((flags & 1) != 0) number();
  }
  void constant() {
    const auto instructions = read_expression(bytes, at);
    if (!instructions) ok = false;
    else at = instructions->back().end;
  }
};

void read_types(Reader& reader, Parts& parts) {
  for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) {
    if (reader.byte() != 0x60) reader.ok = false;
    Signature type;
    type.params = reader.take(reader.count());
    type.results = reader.take(reader.count());
    parts.types.push_back(std::move(type));
  }
}

void read_imports(Reader& reader, Parts& parts) {
  for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) {
    reader.take(reader.count());
    reader.take(reader.count());
    switch (reader.byte()) {
      case 0:
        parts.functions.push_back(static_cast<std::uint32_t>(reader.number()));
        ++parts.imported_functions;
        break;
      case 1: reader.byte(), reader.limits(); break;
      case 2: reader.limits(); break;
      case 3: {
        const std::uint8_t type = reader.byte();
        parts.globals.push_back({type, reader.byte() == 1});
        break;
      }
      default: reader.ok = false;
    }
  }
}

void read_globals(Reader& reader, Parts& parts) {
  for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) {
    const std::uint8_t type = reader.byte();
    parts.globals.push_back({type, reader.byte() == 1});
    reader.constant();
  }
}

}  // namespace

Section* Parts::find(std::uint8_t id) {
  const auto found = std::find_if(sections.begin(), sections.end(), [id](const Section& section) { return section.id == id; });
  return found == sections.end() ? nullptr : &*found;
}

std::optional<Bytes> Parts::locals(std::size_t body, std::size_t& code_begin) const {
  const std::size_t function = imported_functions + body;
  if (function >= functions.size()) return std::nullopt;
  Bytes types_of = signature(static_cast<std::uint32_t>(function)).params;
  Reader reader{bodies[body]};
  for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) {
    const std::uint64_t count = reader.number();
    const std::uint8_t type = reader.byte();
    if (!reader.ok || count > locals_listed_max || types_of.size() > locals_listed_max) return std::nullopt;
    types_of.insert(types_of.end(), count, type);
  }
  code_begin = reader.at;
  if (!reader.ok) return std::nullopt;
  return types_of;
}

Bytes Parts::join() const {
  std::vector<Section> all = sections;
  for (Section& section : all) {
    if (section.id != 10) continue;
    section.content.clear();
    append_number(section.content, bodies.size());
    for (const Bytes& body : bodies) {
      append_number(section.content, body.size());
      section.content.insert(section.content.end(), body.begin(), body.end());
    }
  }
  return join_sections(all);
}

std::optional<std::vector<Section>> split(ByteView module) {
  if (module.size() < 8) return std::nullopt;
  std::vector<Section> sections;
  Reader reader{module, 8};
  while (reader.ok && reader.at < module.size()) {
    const std::uint8_t id = reader.byte();
    const std::uint64_t size = reader.number();
    sections.push_back({id, reader.take(size)});
  }
  if (!reader.ok) return std::nullopt;
  return sections;
}

Bytes join_sections(const std::vector<Section>& sections) {
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  for (const Section& section : sections) {
    bytes.push_back(section.id);
    append_number(bytes, section.content.size());
    bytes.insert(bytes.end(), section.content.begin(), section.content.end());
  }
  return bytes;
}

std::optional<Parts> take_apart(ByteView module) {
  auto sections = split(module);
  if (!sections) return std::nullopt;
  Parts parts;
  parts.sections = std::move(*sections);
  for (const Section& section : parts.sections) {
    Reader reader{section.content};
    if (section.id == 1) read_types(reader, parts);
    if (section.id == 2) read_imports(reader, parts);
    if (section.id == 3) {
      for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) parts.functions.push_back(static_cast<std::uint32_t>(reader.number()));
    }
    if (section.id == 6) read_globals(reader, parts);
    if (section.id == 10) {
      for (std::uint64_t left = reader.count(); left > 0 && reader.ok; --left) parts.bodies.push_back(reader.take(reader.number()));
    }
    if (!reader.ok) return std::nullopt;
  }
  const bool known = std::all_of(parts.functions.begin(), parts.functions.end(), [&](std::uint32_t type) { return type < parts.types.size(); });
  if (!known || parts.functions.size() != parts.imported_functions + parts.bodies.size()) return std::nullopt;
  return parts;
}

}  // namespace ingot::mutate
