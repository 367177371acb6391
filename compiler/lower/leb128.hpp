// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writing numbers as the binary format has them.

#include "format/bundle.hpp"

namespace ingot::compiler::lower {

/// Appends an unsigned number in LEB128, in its shortest form.
inline void append_u32(format::Bytes& bytes, std::uint64_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    bytes.push_back(value != 0 ? static_cast<std::uint8_t>(low | 0x80) : low);
  } while (value != 0);
}

inline void append(format::Bytes& bytes, format::ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace ingot::compiler::lower
