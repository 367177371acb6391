// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trap is an ordinary value: the kind (ingot_trap of the ABI) and, for faults, where. Never an Error and never an exception.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/abi.h"

namespace ingot::sandbox {

/// One guest function that was active, or inlined into one that was.
struct TrapFrame {
  std::uint32_t function = 0;        ///< WebAssembly function index
  std::string name;                  ///< empty when the module does not name it
  std::string file;                  ///< empty when the module does not say
  std::uint32_t line = 0;            ///< from 1; 0 when not known
};
struct Backtrace {
  std::vector<TrapFrame> frames;     ///< innermost first
  bool more = false;                 ///< there were more than are shown
};

struct Trap {
  ingot_trap kind = INGOT_TRAP_NONE;
  std::uintptr_t pc = 0;             ///< guest code address, or 0 when the guest raised it itself
  std::uintptr_t address = 0;        ///< faulting data address, or 0
  Backtrace backtrace;               ///< empty when nothing is known
  std::string detail;                ///< one more phrase from the host ("memory quota of 1 MiB"), or empty
};

/// Stable lower-case name for JSON ("out_of_bounds", "deadline", ...).
const char* trap_name(ingot_trap kind);
/// A sentence for people ("integer divide by zero").
const char* trap_text(ingot_trap kind);
/// "trapped: integer divide by zero (argument of host.log)": one sentence for messages and logs.
std::string describe_trap(const Trap& trap);
/// "crm::create (src/lib.rs:42)", "crm::create", or "function 12".
std::string frame_text(const TrapFrame& frame);
/// All of them in one line, for logs; empty for an empty backtrace.
std::string backtrace_text(const Backtrace& backtrace);
/// True for kinds that end with exit code 8 (limit or deadline); other traps end with 7.
bool trap_is_limit(ingot_trap kind);

}  // namespace ingot::sandbox
