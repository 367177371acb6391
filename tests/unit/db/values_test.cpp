// SPDX-License-Identifier: Apache-2.0
// Decimals, LIKE, and the stored forms of SQLite. Expected values follow PostgreSQL's documented input and rounding rules.
#include "db/values.hpp"

#include <gtest/gtest.h>

#include <string>

#include "db/decimal.hpp"
#include "db/exact_sum.hpp"
#include "db/like.hpp"

namespace ingot::db {
namespace {

std::string normal(std::string_view text) {
  const auto value = parse_decimal(text);
  return value ? decimal_text(*value) : "none";
}

TEST(Decimal, Reads_and_writes_without_losing_a_digit) {
  EXPECT_EQ(normal("0"), "0");
  EXPECT_EQ(normal("-0"), "0");
  EXPECT_EQ(normal("-0.00"), "0.00");
  EXPECT_EQ(normal("007.10"), "7.10");
  EXPECT_EQ(normal(".5"), "0.5");
  EXPECT_EQ(normal("5."), "5");
  EXPECT_EQ(normal("+1.2e3"), "1200");
  EXPECT_EQ(normal("12e-3"), "0.012");
  EXPECT_EQ(normal("123456789012345678901234567890.123456789"), "123456789012345678901234567890.123456789");
  for (const char* text : {"", ".", "-", "1.2.3", "1e", "e5", "0x10", "1 2", "NaN", "1e99999"}) EXPECT_EQ(normal(text), "none") << text;
}

TEST(Decimal, Rounds_halves_away_from_zero) {
  const auto round = [](std::string_view text, int scale) { return decimal_text(rounded(*parse_decimal(text), scale)); };
  EXPECT_EQ(round("10.005", 2), "10.01");
  EXPECT_EQ(round("10.0049", 2), "10.00");
  EXPECT_EQ(round("-10.005", 2), "-10.01");
  EXPECT_EQ(round("0.4", 0), "0");
  EXPECT_EQ(round("0.5", 0), "1");
  EXPECT_EQ(round("9.99", 1), "10.0");
  EXPECT_EQ(round("0.001", 2), "0.00");
  EXPECT_EQ(round("1", 3), "1.000");
}

TEST(Decimal, Adds_and_compares) {
  const auto sum = [](std::string_view a, std::string_view b) { return decimal_text(sum_of(*parse_decimal(a), *parse_decimal(b))); };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("999", "1"), "1000");
  EXPECT_EQ(sum("1", "-0.01"), "0.99");
  EXPECT_EQ(sum("-5", "3"), "-2");
  EXPECT_EQ(sum("5.50", "-5.5"), "0.00");
  EXPECT_LT(compare_numeric_text("9", "10"), 0);
  EXPECT_EQ(compare_numeric_text("1.0", "1.00"), 0);
  EXPECT_GT(compare_numeric_text("-1", "-2"), 0);
  EXPECT_LT(compare_numeric_text("5", "abc"), 0);
}

TEST(ExactSum, Is_exact_for_integers_beyond_64_bits_and_for_decimals) {
  StoredValue big;
  big.kind = StoredValue::Kind::integer;
  big.integer = INT64_MAX;
  ExactSum sum;
  EXPECT_EQ(sum.value().kind, StoredValue::Kind::null);
  sum.add(big);
  EXPECT_EQ(sum.value().integer, INT64_MAX);
  sum.add(big);
  EXPECT_EQ(sum.value().text, "18446744073709551614");
  sum.remove(big);
  EXPECT_EQ(sum.value().integer, INT64_MAX);
}

TEST(Like, Means_what_PostgreSQL_means) {
  const auto yes = [](std::string_view pattern, std::string_view text, std::string_view escape = "\\") {
    return like(pattern, text, escape, [] { return false; }) == LikeResult::yes;
  };
  EXPECT_TRUE(yes("a%", "abc"));
  EXPECT_FALSE(yes("A%", "abc"));
  EXPECT_TRUE(yes("_b_", "abc"));
  EXPECT_TRUE(yes("_", "\xC3\xA9"));
  EXPECT_FALSE(yes("__", "\xC3\xA9"));
  EXPECT_TRUE(yes("%b%d", "abcbd"));
  EXPECT_TRUE(yes("", ""));
  EXPECT_FALSE(yes("", "a"));
  EXPECT_TRUE(yes("%", ""));
  EXPECT_TRUE(yes("100\\%", "100%"));
  EXPECT_FALSE(yes("100\\%", "1000"));
  EXPECT_TRUE(yes("100!%", "100%", "!"));
  EXPECT_TRUE(yes("a%%%%%%%%%%%%b", "a" + std::string(5000, 'a') + "b"));
  EXPECT_EQ(like("a\\", "a", "\\", [] { return false; }), LikeResult::bad_pattern);
}

std::string stored_text(std::string_view text, TypeName name, std::optional<int> length = {}, std::optional<int> scale = {}) {
  Param param;
  param.kind = Param::Kind::text;
  param.text = text;
  const auto result = stored_value(param, {.name = name, .length = length, .scale = scale});
  if (const auto* error = std::get_if<StatementError>(&result)) return error->code;
  const auto& value = std::get<StoredValue>(result);
  return value.kind == StoredValue::Kind::integer ? std::to_string(value.integer) : value.text;
}

TEST(Values, Times_have_one_stored_form) {
  const auto moment = [](std::string_view text) { return stored_text(text, TypeName::timestamptz); };
  EXPECT_EQ(moment("2026-01-31T12:00:00.000Z"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(moment("2026-01-31 12:00:00+00"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(moment("2026-01-31T01:30:00+02:00"), "2026-01-30T23:30:00.000Z");
  EXPECT_EQ(moment("2026-01-31T23:59:59.9996Z"), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(moment("2026-01-31T12:00:00.1234Z"), "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(moment("2026-01-31"), "2026-01-31T00:00:00.000Z");
  EXPECT_EQ(moment("2024-02-29T00:00-0530"), "2024-02-29T05:30:00.000Z");
  for (const char* text :
       {"", "now", "2026-02-29", "2026-13-01", "2026-01-31T24:01", "2026-01-31T12:00:00X", "2026-1-1", "0000-01-01", "tomorrow"}) {
    EXPECT_EQ(moment(text), "INVALID_PARAMS") << text;
  }
  EXPECT_EQ(stored_text("2026-01-31T12:00:00+05:00", TypeName::timestamp), "2026-01-31T12:00:00.000");
  EXPECT_EQ(stored_text("2026-01-31", TypeName::date), "2026-01-31");
  EXPECT_EQ(stored_text("2026-02-30", TypeName::date), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("10:20:30", TypeName::time), "10:20:30");
  EXPECT_EQ(stored_text("10:20:30.500", TypeName::time), "10:20:30.5");
  EXPECT_EQ(stored_text("10:20", TypeName::time), "10:20:00");
}

TEST(Values, Other_types_keep_their_bounds) {
  EXPECT_EQ(stored_text("32767", TypeName::smallint), "32767");
  EXPECT_EQ(stored_text("32768", TypeName::smallint), "CHECK_VIOLATION");
  EXPECT_EQ(stored_text("-2147483648", TypeName::integer), "-2147483648");
  EXPECT_EQ(stored_text("2147483648", TypeName::integer), "CHECK_VIOLATION");
  EXPECT_EQ(stored_text("9223372036854775808", TypeName::bigint), "CHECK_VIOLATION");
  EXPECT_EQ(stored_text("1.5", TypeName::bigint), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("", TypeName::bigint), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("yes", TypeName::boolean), "1");
  EXPECT_EQ(stored_text("F", TypeName::boolean), "0");
  EXPECT_EQ(stored_text("o", TypeName::boolean), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("10.005", TypeName::numeric, 10, 2), "10.01");
  EXPECT_EQ(stored_text("99999999.995", TypeName::numeric, 10, 2), "CHECK_VIOLATION");
  EXPECT_EQ(stored_text("99999999.994", TypeName::numeric, 10, 2), "99999999.99");
  EXPECT_EQ(stored_text("abc", TypeName::numeric), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", TypeName::uuid), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(stored_text("a0eebc999c0b4ef8bb6d6bb9bd380a11", TypeName::uuid), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(stored_text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", TypeName::uuid), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("7", TypeName::uuid), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("{\"a\":1}", TypeName::jsonb), "{\"a\":1}");
  EXPECT_EQ(stored_text("{a:1}", TypeName::jsonb), "INVALID_PARAMS");
  EXPECT_EQ(stored_text("\\x4142", TypeName::bytea), "AB");
  EXPECT_EQ(stored_text("\\x414", TypeName::bytea), "INVALID_PARAMS");
}

}  // namespace
}  // namespace ingot::db
