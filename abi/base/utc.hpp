// SPDX-License-Identifier: Apache-2.0
#pragma once
// Moments as whole seconds since 1970-01-01T00:00:00Z, and how people write them. Knows no time zone but UTC.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ingot {

/// The last moment that can be written: 9999-12-31T23:59:59Z.
inline constexpr std::uint64_t utc_seconds_max = 253'402'300'799;

/// "2027-01-01" (its first second), "2027-01-01T12:00:00Z", or seconds since 1970 in decimal. Errors: invalid_argument.
Result<std::uint64_t> parse_utc(std::string_view text);
/// As parse_utc(), or "90d": that many days after `now`. Errors: invalid_argument.
Result<std::uint64_t> parse_utc_or_days(std::string_view text, std::uint64_t now);
/// "2027-01-01T00:00:00Z"; a number alone when it is behind utc_seconds_max.
std::string utc_text(std::uint64_t seconds);
/// What the system's clock says.
std::uint64_t utc_now();

}  // namespace ingot
