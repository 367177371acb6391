// SPDX-License-Identifier: Apache-2.0
#pragma once
// Wall-clock time as text and as milliseconds.

#include <cstdint>
#include <string>

namespace ingot::observe {

/// Milliseconds since 1970-01-01 UTC.
std::int64_t unix_ms_now();
/// RFC 3339 in UTC with milliseconds: 2026-01-31T12:00:00.000Z.
std::string rfc3339_now();

}  // namespace ingot::observe
