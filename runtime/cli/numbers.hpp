// SPDX-License-Identifier: Apache-2.0
#pragma once
// WebAssembly numbers as words: integers in signed decimal (unsigned and 0x forms are accepted too), floats in their shortest
// exact form.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ingot/abi.h"

namespace ingot::cli {

/// Errors: invalid_argument, naming the word and the type.
Result<ingot_slot> parse_number(std::string_view word, std::uint8_t type);
/// REQUIRES: type is i32, i64, f32 or f64.
std::string print_number(const ingot_slot& slot, std::uint8_t type);

}  // namespace ingot::cli
