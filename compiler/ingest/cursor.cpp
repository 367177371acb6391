// SPDX-License-Identifier: Apache-2.0
#include "ingest/cursor.hpp"

#include <cstdio>

#include "base/check.hpp"
#include "base/ranges.hpp"
#include "limits.hpp"

namespace ingot::compiler::ingest {

std::string hex_offset(std::uint64_t offset) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(offset));
  return text;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  while (i < text.size()) {
    const unsigned lead = byte(i);
    std::size_t extra = 0;
    unsigned low = 0x80;
    unsigned high = 0xbf;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
      extra = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      extra = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      extra = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (text.size() - i <= extra) return false;
    if (byte(i + 1) < low || byte(i + 1) > high) return false;
    for (std::size_t k = 2; k <= extra; ++k) {
      if (byte(i + k) < 0x80 || byte(i + k) > 0xbf) return false;
    }
    i += extra + 1;
  }
  return true;
}

Cursor::Cursor(format::ByteView file, std::uint64_t begin, std::uint64_t end, std::string place)
    : file_(file), position_(begin), end_(end), place_(std::move(place)) {
  INGOT_CHECK(begin <= end && end <= file.size());
}

void Cursor::fail_at(ErrorCode code, std::uint64_t offset, const std::string& what) {
  if (!error_) error_ = Error{code, what + " at " + place_ + ", offset " + hex_offset(offset)};
  position_ = end_;
}

void Cursor::adopt(const Cursor& other) {
  if (!error_ && !other.ok()) error_ = other.error();
  if (error_) position_ = end_;
}

std::uint8_t Cursor::u8() {
  if (at_end()) return fail("unexpected end"), std::uint8_t{0};
  return file_[position_++];
}

// A number of N bits takes at most ceil(N / 7) bytes, and the bits of the last byte that do not fit must be zero (unsigned) or copies
// of the sign (signed).
std::uint64_t Cursor::leb(unsigned bits, bool is_signed) {
  const std::uint64_t start = position_;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    const std::uint8_t byte = u8();
    if (!ok()) return 0;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    const unsigned used = bits - shift;  // how many bits of this byte belong to the number
    const bool last = (byte & 0x80) == 0;
    if (used < 7) {
      const unsigned extra_mask = (0x7fu << (is_signed ? used - 1 : used)) & 0x7fu;
      const unsigned extra = byte & extra_mask;
      const bool proper = is_signed ? extra == 0 || extra == extra_mask : extra == 0;
      if (!last || !proper) break;
    }
    if (!last) continue;
    if (is_signed && shift + 7 < 64 && (byte & 0x40) != 0) value |= ~std::uint64_t{0} << (shift + 7);
    return value;
  }
  fail_at(ErrorCode::invalid_wasm, start, "malformed number");
  return 0;
}

std::uint32_t Cursor::u32() { return static_cast<std::uint32_t>(leb(32, false)); }
std::uint64_t Cursor::u64() { return leb(64, false); }
std::int32_t Cursor::s32() { return static_cast<std::int32_t>(leb(32, true)); }
std::int64_t Cursor::s33() { return static_cast<std::int64_t>(leb(33, true)); }
std::int64_t Cursor::s64() { return static_cast<std::int64_t>(leb(64, true)); }

format::ByteView Cursor::bytes(std::uint64_t count) {
  if (!contains(end_, position_, count)) return fail("unexpected end"), format::ByteView{};
  const format::ByteView view = file_.subspan(position_, count);
  position_ += count;
  return view;
}

std::string Cursor::name() {
  const std::uint64_t start = position_;
  const format::ByteView view = bytes(count(limits::name_bytes_max, "bytes in a name"));
  std::string text(view.begin(), view.end());
  if (!is_utf8(text)) return fail_at(ErrorCode::invalid_wasm, start, "a name is not UTF-8"), std::string();
  return text;
}

std::uint32_t Cursor::count(std::uint32_t max, const char* what) {
  const std::uint64_t start = position_;
  const std::uint32_t value = u32();
  if (value <= max) return value;
  fail_at(ErrorCode::unsupported_wasm, start,
          "too many " + std::string(what) + " (" + std::to_string(value) + ", at most " + std::to_string(max) + ")");
  return 0;
}

Cursor Cursor::sub(std::uint64_t length, std::string place) {
  const std::uint64_t start = position_;
  if (bytes(length).size() != length) {
    Cursor empty(file_, end_, end_, std::move(place));
    empty.adopt(*this);
    return empty;
  }
  return Cursor(file_, start, start + length, std::move(place));
}

}  // namespace ingot::compiler::ingest
