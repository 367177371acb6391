// SPDX-License-Identifier: Apache-2.0
#pragma once
// Modules as bytes. Each test shows the WAT beside the hex that wabt's wat2wasm made of it, so that the tests need no tool.

#include <string_view>

#include "format/bundle.hpp"

namespace ingot::compiler {

/// Bytes from hex digits; spaces are skipped.
inline format::Bytes hex_bytes(std::string_view text) {
  format::Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const int nibble = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = nibble;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + nibble));
      high = -1;
    }
  }
  return bytes;
}

/// The preamble, then sections.
inline format::Bytes module_bytes(std::string_view sections) {
  format::Bytes bytes = hex_bytes("0061736d 01000000");
  const format::Bytes rest = hex_bytes(sections);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

/// An unsigned number in LEB128, as the binary format writes all of them (core specification 2.0, 5.2.2).
inline void append_number(format::Bytes& to, std::uint64_t value) {
  do {
    to.push_back(static_cast<std::uint8_t>((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
    value >>= 7;
  } while (value > 0);
}

inline void append_section(format::Bytes& to, std::uint8_t id, const format::Bytes& content) {
  to.push_back(id);
  append_number(to, content.size());
  to.insert(to.end(), content.begin(), content.end());
}

}  // namespace ingot::compiler
