// SPDX-License-Identifier: Apache-2.0
#include "ingest/names.hpp"

#include <algorithm>

#include "limits.hpp"

namespace ingot::compiler::ingest {
namespace {

constexpr std::uint8_t subsection_functions = 1;
constexpr std::size_t function_name_bytes_max = 512;  // mangled C++ and Rust names are cut here, between characters

void cut(std::string& name) {
  if (name.size() <= function_name_bytes_max) return;
  std::size_t size = function_name_bytes_max;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
  name.resize(size);
}

void read_map(Cursor& cursor, std::vector<std::string>& names) {
  const std::uint32_t count = cursor.u32();
  for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
    const std::uint32_t index = cursor.u32();
    std::string name = cursor.name();
    if (!cursor.ok() || index >= limits::module_functions_max) return;
    cut(name);
    if (names.size() <= index) names.resize(index + 1);
    names[index] = std::move(name);
  }
}

}  // namespace

std::vector<std::string> read_function_names(Cursor section) {
  std::vector<std::string> names;
  while (!section.at_end()) {
    const std::uint8_t id = section.u8();
    const std::uint32_t length = section.u32();
    Cursor content = section.sub(length, "section name");
    if (content.ok() && id == subsection_functions) read_map(content, names);
  }
  return names;
}

}  // namespace ingot::compiler::ingest
