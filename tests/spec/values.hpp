// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values between wast2json's JSON and the slots of a call. Floats are compared by their bits; "nan:canonical" and "nan:arithmetic" are the patterns of
// the specification's test scripts (a canonical NaN has exactly the quiet bit set in its payload and either sign, an arithmetic one at least the quiet bit).

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ingot/abi.h"

namespace ingot::spec {

using Json = nlohmann::json;

/// Thrown for a script that says something this program does not understand: never a pass, never a skip.
struct BadScript {
  std::string what;
};

/// Appends the slots of one argument. A host reference N becomes the externref with address N + 1; null is zero.
void append_value(std::vector<ingot_slot>& slots, const Json& value);

/// The type's number in the binary format.
std::uint8_t type_of(const Json& value);

/// Do the slots from `at` on hold what the script expects (one value or pattern)?
bool matches(const std::vector<ingot_slot>& slots, std::size_t at, const Json& expected);

/// For messages: the slots of one value in hex.
std::string show(const std::vector<ingot_slot>& slots, std::size_t at, std::uint8_t type);

}  // namespace ingot::spec
