// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a range of a module forward, strictly and within bounds. The first thing that is wrong sticks, with its offset; from then on
// every read gives zero and at_end() is true, so that callers are straight lines and loops end. Values read after an error mean nothing.
// Holds no bytes of its own: the view given must outlive it.

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler::ingest {

/// "0x1f"
std::string hex_offset(std::uint64_t offset);

/// True for well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

class Cursor {
 public:
  /// Reads file[begin, end). `place` names the range in messages: "section code". REQUIRES: the range lies inside the file.
  Cursor(format::ByteView file, std::uint64_t begin, std::uint64_t end, std::string place);

  std::uint64_t offset() const { return position_; }
  std::uint64_t end() const { return end_; }
  bool at_end() const { return position_ == end_; }
  bool ok() const { return !error_.has_value(); }
  const Error& error() const { return *error_; }
  const std::string& place() const { return place_; }

  std::uint8_t u8();
  std::uint32_t u32();       ///< LEB128, at most 5 bytes, no stray bits
  std::uint64_t u64();
  std::int32_t s32();
  std::int64_t s33();
  std::int64_t s64();
  format::ByteView bytes(std::uint64_t count);
  std::string name();        ///< length-prefixed, UTF-8, bounded
  /// A u32 that counts things. Fails when above `max`.
  std::uint32_t count(std::uint32_t max, const char* what);
  /// A cursor over the next `length` bytes, which this one skips.
  Cursor sub(std::uint64_t length, std::string place);
  std::uint8_t peek() const { return at_end() ? 0 : file_[position_]; }

  /// The module is malformed here.
  void fail(const std::string& what) { fail_at(ErrorCode::invalid_wasm, position_, what); }
  /// It is refused for what stands at `offset`; the place is appended to the text.
  void fail_at(ErrorCode code, std::uint64_t offset, const std::string& what);
  /// Takes over another cursor's error, if it has one.
  void adopt(const Cursor& other);

 private:
  std::uint64_t leb(unsigned bits, bool is_signed);

  format::ByteView file_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::string place_;
  std::optional<Error> error_;
};

}  // namespace ingot::compiler::ingest
