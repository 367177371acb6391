// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/utf16.hpp"

#include <algorithm>
#include <optional>

namespace ingot::host::eerp {
namespace {

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | (point >> 6));
    byte(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    byte(0xe0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3f));
    byte(0x80 | (point & 0x3f));
  } else {
    byte(0xf0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3f));
    byte(0x80 | ((point >> 6) & 0x3f));
    byte(0x80 | (point & 0x3f));
  }
}

}  // namespace

std::string read_as_string(const instance::GuestMemory& memory, std::uint32_t address) {
  constexpr std::uint32_t bytes_max = 8192;
  if (address < 4) return {};
  const auto bytes = memory.read_u32(address - 4);
  if (!bytes) return {};
  const auto raw = memory.copy_in(address, std::min(*bytes, bytes_max) & ~1u);
  if (!raw) return {};
  const auto unit = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>((*raw)[index])) |
           static_cast<std::uint32_t>(static_cast<unsigned char>((*raw)[index + 1])) << 8;
  };
  std::string text;
  for (std::size_t at = 0; at + 1 < raw->size(); at += 2) {
    std::uint32_t point = unit(at);
    if (point >= 0xd800 && point < 0xdc00 && at + 3 < raw->size()) {
      const std::uint32_t low = unit(at + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    append_utf8(text, point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
  }
  return text;
}

}  // namespace ingot::host::eerp
