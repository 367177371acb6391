// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trap is an ordinary value: the kind (ingot_trap of the ABI) and, for faults, where. Never an Error and never an exception.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingot/abi.h"

namespace ingot::sandbox {

struct Trap {
  ingot_trap kind = INGOT_TRAP_NONE;
  std::uintptr_t pc = 0;             ///< guest code address, or 0 when the guest raised it itself
  std::uintptr_t address = 0;        ///< faulting data address, or 0
  std::string detail;                ///< one more phrase from the host ("memory quota of 1 MiB"), or empty
};

/// Stable lower-case name for JSON ("out_of_bounds", "deadline", ...).
const char* trap_name(ingot_trap kind);
/// A sentence for people ("integer divide by zero").
const char* trap_text(ingot_trap kind);
/// True for kinds that end with exit code 8 (limit or deadline); other traps end with 7.
bool trap_is_limit(ingot_trap kind);

}  // namespace ingot::sandbox
