// SPDX-License-Identifier: Apache-2.0
#pragma once
// Into a guest and out again.

#include <atomic>

#include "ingot/abi.h"
#include "sandbox/activation.hpp"
#include "sandbox/sanitizers.hpp"

extern "C" std::uint32_t ingot_sandbox_enter(ingot::sandbox::Activation* activation, void* stack_top, void (*function)(void*, ingot_slot*),
                                             void* instance, ingot_slot* slots);

namespace ingot::sandbox {

/// What is left to do when an entry ended in a trap: the thread's floating-point modes are those of its call scope again.
void after_trap();

/// The trap that a landing came with. A host function's thunk raises whatever number the function returned.
inline ingot_trap trap_of(std::uint32_t kind) { return kind < INGOT_TRAP_COUNT ? static_cast<ingot_trap>(kind) : INGOT_TRAP_HOST; }

/// Runs `function(instance, slots)` on the guest stack of `activation` and returns INGOT_TRAP_NONE, or why it stopped. `activation` must have its
/// ranges and its stack_limit set, `stack.end` a multiple of 16; it can be used again for the next call, and what it says of a trap is that of the last
/// one. Must be inside a CallScope (sandbox/watchdog.hpp), on the thread that made it. Never throws. Inline: a call takes a few nanoseconds.
inline ingot_trap enter(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
  Activation* const outer = ingot_current_activation;
  activation.outer = outer;
  StackSwitch stack_switch(reinterpret_cast<const void*>(activation.stack.begin), activation.stack.end - activation.stack.begin);
  if constexpr (stack_switches_are_watched) {
    activation.host_stack_bottom = stack_switch.left_bottom();
    activation.host_stack_size = stack_switch.left_size();
  }
  // From here an interrupt may divert this activation, but only while the program counter is in guest text.
  ingot_current_activation = &activation;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uint32_t kind = ingot_sandbox_enter(&activation, reinterpret_cast<void*>(activation.stack.end), function, instance, slots);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ingot_current_activation = outer;
  std::atomic_signal_fence(std::memory_order_seq_cst);  // and from here none touches it
  stack_switch.back(kind != INGOT_TRAP_NONE);
  if (kind == INGOT_TRAP_NONE) [[likely]] return INGOT_TRAP_NONE;
  after_trap();
  return trap_of(kind);
}

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
