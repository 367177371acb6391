// SPDX-License-Identifier: Apache-2.0
#include "ingest/cursor.hpp"

#include <gtest/gtest.h>

#include "wat.hpp"

namespace ingot::compiler::ingest {
namespace {

template <typename Read>
auto reading(std::string_view hex, Read read) {
  static format::Bytes bytes;
  bytes = hex_bytes(hex);
  Cursor cursor(bytes, 0, bytes.size(), "a test");
  const auto value = read(cursor);
  return std::pair(value, cursor.ok() && cursor.at_end());
}
const auto u32 = [](Cursor& c) { return c.u32(); };
const auto s32 = [](Cursor& c) { return c.s32(); };
const auto s33 = [](Cursor& c) { return c.s33(); };
const auto s64 = [](Cursor& c) { return c.s64(); };
const auto u64 = [](Cursor& c) { return c.u64(); };

TEST(Cursor, Reads_unsigned_numbers_up_to_their_last_bit) {
  EXPECT_EQ(reading("00", u32), std::pair(0u, true));
  EXPECT_EQ(reading("7f", u32), std::pair(127u, true));
  EXPECT_EQ(reading("8001", u32), std::pair(128u, true));
  EXPECT_EQ(reading("ffffffff0f", u32), std::pair(0xffffffffu, true));
  EXPECT_EQ(reading("8080808000", u32), std::pair(0u, true)) << "a long form of zero is legal";
  EXPECT_FALSE(reading("ffffffff1f", u32).second) << "a stray bit";
  EXPECT_FALSE(reading("808080808000", u32).second) << "six bytes";
  EXPECT_FALSE(reading("8080", u32).second) << "cut off";
  EXPECT_EQ(reading("ffffffffffffffffff01", u64), std::pair(~std::uint64_t{0}, true));
  EXPECT_FALSE(reading("ffffffffffffffffff02", u64).second);
}

TEST(Cursor, Reads_signed_numbers_up_to_their_last_bit) {
  EXPECT_EQ(reading("7f", s32), std::pair(-1, true));
  EXPECT_EQ(reading("8080808078", s32), std::pair(INT32_MIN, true));
  EXPECT_EQ(reading("ffffffff07", s32), std::pair(INT32_MAX, true));
  EXPECT_FALSE(reading("8080808070", s32).second) << "the sign is not copied";
  EXPECT_FALSE(reading("ffffffff0f", s32).second);
  EXPECT_EQ(reading("808080808080808080 7f", s64), std::pair(INT64_MIN, true));
  EXPECT_EQ(reading("ffffffffffffffffff 00", s64), std::pair(INT64_MAX, true));
  EXPECT_FALSE(reading("808080808080808080 7e", s64).second);
  EXPECT_EQ(reading("8080808070", s33), std::pair(std::int64_t{-4294967296}, true));
  EXPECT_EQ(reading("ffffffff0f", s33), std::pair(std::int64_t{4294967295}, true));
}

TEST(Cursor, The_first_error_sticks_with_its_place) {
  const format::Bytes bytes = hex_bytes("01 02 ff ff");
  Cursor cursor(bytes, 0, bytes.size(), "section type");
  cursor.u8();
  cursor.u8();
  cursor.u32();
  EXPECT_TRUE(cursor.at_end()) << "loops over a broken cursor end";
  EXPECT_EQ(cursor.u8(), 0);
  cursor.fail("another");
  EXPECT_EQ(cursor.error().message, "unexpected end at section type, offset 0x4");
  EXPECT_EQ(cursor.error().code, ErrorCode::invalid_wasm);
}

TEST(Cursor, Utf8_is_judged_by_the_letter) {
  EXPECT_TRUE(is_utf8("plain"));
  EXPECT_TRUE(is_utf8("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"));
  EXPECT_FALSE(is_utf8("\xc0\x80")) << "overlong";
  EXPECT_FALSE(is_utf8("\xe0\x9f\xbf")) << "overlong";
  EXPECT_FALSE(is_utf8("\xed\xa0\x80")) << "surrogate";
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80")) << "above the last code point";
  EXPECT_FALSE(is_utf8("\xe2\x82")) << "cut off";
  EXPECT_FALSE(is_utf8("\x80"));
}

TEST(Cursor, Counts_and_ranges_are_bounded) {
  const format::Bytes bytes = hex_bytes("05 00");
  Cursor cursor(bytes, 0, bytes.size(), "section type");
  EXPECT_EQ(cursor.count(4, "types"), 0u);
  EXPECT_EQ(cursor.error().message, "too many types (5, at most 4) at section type, offset 0x0");
  Cursor other(bytes, 0, bytes.size(), "the module");
  EXPECT_FALSE(other.sub(3, "a part").ok());
}

}  // namespace
}  // namespace ingot::compiler::ingest
