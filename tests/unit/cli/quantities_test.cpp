// SPDX-License-Identifier: Apache-2.0
#include "cli/quantities.hpp"

#include <gtest/gtest.h>

namespace {

using ingot::cli::parse_duration;
using ingot::cli::parse_size;

TEST(Quantities, Durations_have_units_and_seconds_when_they_have_none) {
  for (const auto& [word, ms] : {std::pair{"1", 1000}, {"500ms", 500}, {"30s", 30'000}, {"5m", 300'000}, {"2h", 7'200'000}, {"1ms", 1}}) {
    const auto parsed = parse_duration(word);
    ASSERT_TRUE(parsed.ok()) << word;
    EXPECT_EQ(parsed->count(), ms) << word;
  }
}

TEST(Quantities, Sizes_have_binary_units_and_bytes_when_they_have_none) {
  for (const auto& [word, bytes] : {std::pair<const char*, std::uint64_t>{"65536", 65'536}, {"64KiB", 65'536}, {"1MiB", 1'048'576}, {"4GiB", 4'294'967'296}}) {
    const auto parsed = parse_size(word);
    ASSERT_TRUE(parsed.ok()) << word;
    EXPECT_EQ(*parsed, bytes) << word;
  }
}

TEST(Quantities, Everything_else_is_refused) {
  for (const char* word : {"", "0", "-1", "1.5s", "s", "1 s", "1S", "1MB", "0ms", "+1", "0x10s", "99999999999999999999s", "8785h", "18446744073709551615m"}) {
    const auto parsed = parse_duration(word);
    EXPECT_FALSE(parsed.ok()) << word;
  }
  for (const char* word : {"", "0", "-1", "1MB", "1 GiB", "4194305KiB", "4294967297", "5GiB", "18446744073709551616"}) EXPECT_FALSE(parse_size(word).ok()) << word;
}

}  // namespace
