// SPDX-License-Identifier: Apache-2.0
#include "sandbox/trap.hpp"

namespace ingot::sandbox {
namespace {

struct TrapWords {
  const char* name;
  const char* text;
};

constexpr TrapWords words[INGOT_TRAP_COUNT] = {
    {"none", "no trap"},
    {"out_of_bounds", "out of bounds memory or table access"},
    {"integer_overflow", "integer overflow"},
    {"divide_by_zero", "integer divide by zero"},
    {"invalid_conversion", "invalid conversion to integer"},
    {"unreachable", "unreachable executed"},
    {"call_indirect", "undefined element or indirect call type mismatch"},
    {"uncaught_exception", "uncaught exception"},
    {"stack_exhausted", "call stack exhausted"},
    {"null_reference", "null reference"},
    {"unaligned", "unaligned atomic access"},
    {"deadline", "the call's deadline passed"},
    {"cancelled", "the call was cancelled"},
    {"host", "a host call was given an address outside memory"},
    {"limit", "a resource limit was reached"},
    {"exit", "the guest stopped itself"},
};

}  // namespace

const char* trap_name(ingot_trap kind) { return static_cast<std::uint32_t>(kind) < INGOT_TRAP_COUNT ? words[kind].name : "unknown"; }
const char* trap_text(ingot_trap kind) { return static_cast<std::uint32_t>(kind) < INGOT_TRAP_COUNT ? words[kind].text : "unknown trap"; }

std::string describe_trap(const Trap& trap) {
  std::string text = std::string("trapped: ") + trap_text(trap.kind);
  if (!trap.detail.empty()) text += " (" + trap.detail + ")";
  return text;
}

std::string frame_text(const TrapFrame& frame) {
  std::string text = frame.name.empty() ? "function " + std::to_string(frame.function) : frame.name;
  if (frame.line != 0) text += " (" + frame.file + ":" + std::to_string(frame.line) + ")";
  return text;
}

std::string backtrace_text(const Backtrace& backtrace) {
  std::string text;
  for (const TrapFrame& frame : backtrace.frames) text += (text.empty() ? "at " : "; at ") + frame_text(frame);
  return text + (backtrace.more ? "; ..." : "");
}

bool trap_is_limit(ingot_trap kind) {
  return kind == INGOT_TRAP_DEADLINE || kind == INGOT_TRAP_LIMIT || kind == INGOT_TRAP_CANCELLED;
}

}  // namespace ingot::sandbox
