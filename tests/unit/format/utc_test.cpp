// SPDX-License-Identifier: Apache-2.0
#include "base/utc.hpp"

#include <gtest/gtest.h>

namespace ingot {
namespace {

// Expected seconds: `date -u -d 2027-01-01 +%s` of GNU coreutils.
TEST(Utc, Reads_dates_times_and_seconds) {
  EXPECT_EQ(*parse_utc("1970-01-01"), 0u);
  EXPECT_EQ(*parse_utc("2027-01-01"), 1798761600u);
  EXPECT_EQ(*parse_utc("2028-02-29T23:59:59Z"), 1835481599u);
  EXPECT_EQ(*parse_utc("9999-12-31T23:59:59Z"), 253402300799u);
  EXPECT_EQ(*parse_utc("1798761600"), 1798761600u);
}

TEST(Utc, Refuses_what_is_no_moment) {
  for (const char* text : {"", "d", "tomorrow", "2027-1-1", "2027-02-29", "2027-13-01", "2027-00-10", "1969-12-31", "2027-01-01T24:00:00Z",
                           "2027-01-01T12:00:00", "2027-01-01 12:00:00Z", "2027-01-01T12:00:00Zx", "-5", "1e9", "253402300800", "99999999999999999999"}) {
    const auto result = parse_utc(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Utc, Counts_days_from_now) {
  EXPECT_EQ(*parse_utc_or_days("90d", 1000), 1000u + 90 * 86400);
  EXPECT_EQ(*parse_utc_or_days("2027-01-01", 1000), 1798761600u);
  for (const char* text : {"0d", "-1d", "d", "1.5d", "4000000d", "99999999999999d"}) EXPECT_FALSE(parse_utc_or_days(text, 1000).ok()) << text;
}

TEST(Utc, Writes_what_it_reads) {
  for (const char* text : {"1970-01-01T00:00:00Z", "2000-02-29T12:34:56Z", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(utc_text(*parse_utc(text)), text);
  }
  EXPECT_EQ(utc_text(utc_seconds_max + 1), "253402300800");
}

}  // namespace
}  // namespace ingot
