// SPDX-License-Identifier: Apache-2.0
#pragma once
// Into a guest and out again.

#include "ingot/abi.h"
#include "sandbox/activation.hpp"

namespace ingot::sandbox {

/// Runs `function(instance, slots)` on the guest stack of `activation` and returns INGOT_TRAP_NONE, or why it stopped. `activation` must have its
/// ranges and its stack_limit set. Must be inside a CallScope (sandbox/watchdog.hpp), on the thread that made it. Never throws.
ingot_trap enter(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots);

/// Runs `function(argument)` on this thread's own stack, although a guest's call is in progress. For host functions that need more stack than
/// the reserve of a guest's: statements are parsed by code whose need nobody bounds. `function` must not throw and must not raise a trap.
/// REQUIRES: called from a host function.
void on_host_stack(void (*function)(void*), void* argument);

}  // namespace ingot::sandbox

extern "C" {
/// Raises a trap in the guest that this thread runs: abandons every frame up to its entry, running no destructor. Only for code that has
/// trivial locals all the way up to the guest.
[[noreturn]] void ingot_sandbox_trap(std::uint32_t kind);
}
