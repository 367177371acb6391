// SPDX-License-Identifier: Apache-2.0
#pragma once
// Times and sizes as people write them on the command line.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace ingot::cli {

/// "500ms", "30s", "5m", "1h"; a number alone counts seconds. More than zero, at most a year. Errors: invalid_argument.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "64KiB", "256MiB", "1GiB"; a number alone counts bytes. More than zero. Errors: invalid_argument.
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace ingot::cli
