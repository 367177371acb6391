// SPDX-License-Identifier: Apache-2.0
#pragma once
// The x86-64 micro-architecture levels (x86-64 psABI, section 3.1.1) and what this CPU reaches.

#include <optional>
#include <string>
#include <string_view>

namespace ingot::bundle {

/// 1..4 for "x86-64", "x86-64-v2", ... ; nothing for another name.
std::optional<int> parse_level(std::string_view name);
/// The highest level that this CPU and its kernel support; 0 on another architecture.
int cpu_level();
/// What this CPU lacks for `level`, for a message: "avx2, bmi2"; empty when nothing.
std::string missing_features(int level);

}  // namespace ingot::bundle
