// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.hpp"

#include <gtest/gtest.h>

#include <bit>

namespace {

using ingot::cli::parse_number;
using ingot::cli::print_number;

std::string round_trip(const char* word, std::uint8_t type) {
  const auto slot = parse_number(word, type);
  return slot.ok() ? print_number(*slot, type) : "refused";
}

TEST(Numbers, Integers_print_in_signed_decimal) {
  EXPECT_EQ(round_trip("0", INGOT_TYPE_I32), "0");
  EXPECT_EQ(round_trip("-1", INGOT_TYPE_I32), "-1");
  EXPECT_EQ(round_trip("4294967295", INGOT_TYPE_I32), "-1");
  EXPECT_EQ(round_trip("0xffffffff", INGOT_TYPE_I32), "-1");
  EXPECT_EQ(round_trip("-2147483648", INGOT_TYPE_I32), "-2147483648");
  EXPECT_EQ(round_trip("9223372036854775807", INGOT_TYPE_I64), "9223372036854775807");
  EXPECT_EQ(round_trip("-9223372036854775808", INGOT_TYPE_I64), "-9223372036854775808");
  EXPECT_EQ(round_trip("18446744073709551615", INGOT_TYPE_I64), "-1");
}

TEST(Numbers, What_does_not_fit_is_refused) {
  for (const char* word : {"", "-", "1x", "4294967296", "-2147483649", "1.5", "0x", " 1"}) EXPECT_EQ(round_trip(word, INGOT_TYPE_I32), "refused") << word;
  for (const char* word : {"18446744073709551616", "-9223372036854775809"}) EXPECT_EQ(round_trip(word, INGOT_TYPE_I64), "refused") << word;
  EXPECT_EQ(round_trip("abc", INGOT_TYPE_F64), "refused");
}

TEST(Numbers, Floats_print_in_their_shortest_exact_form) {
  EXPECT_EQ(round_trip("0.1", INGOT_TYPE_F64), "0.1");
  EXPECT_EQ(round_trip("0.1", INGOT_TYPE_F32), "0.1");
  EXPECT_EQ(round_trip("-0", INGOT_TYPE_F64), "-0");
  EXPECT_EQ(round_trip("1e300", INGOT_TYPE_F64), "1e+300");
  EXPECT_EQ(round_trip("inf", INGOT_TYPE_F64), "inf");
  EXPECT_EQ(round_trip("-inf", INGOT_TYPE_F32), "-inf");
  EXPECT_EQ(round_trip("16777217", INGOT_TYPE_F32), "16777216");
}

}  // namespace
