// SPDX-License-Identifier: Apache-2.0
#pragma once
// Into a guest and out again.

#include <atomic>

#include "ingot/abi.h"
#include "sandbox/activation.hpp"
#include "sandbox/sanitizers.hpp"

namespace ingot::sandbox {

/// What is left to do when an entry ended in a trap: the thread's floating-point modes are those of its call scope again.
void after_trap();

/// The trap that a landing came with. A host function's thunk raises whatever number the function returned.
inline ingot_trap trap_of(std::uint32_t kind) { return kind < INGOT_TRAP_COUNT ? static_cast<ingot_trap>(kind) : INGOT_TRAP_HOST; }

/// As an assignment does it, but no register is kept for it across a guest's call.
[[gnu::always_inline]] inline void set_current_activation(Activation* activation) {
  std::uintptr_t offset;
  __asm__ volatile("movq ingot_current_activation@gottpoff(%%rip), %0\n\tmovq %1, %%fs:(%0)" : "=&r"(offset) : "r"(activation) : "memory");
}

/// The crossing itself: names the activation as this thread's, moves to the guest's stack, calls the guest, and names the outer one again. False: the guest was left by a
/// landing, then `activation.landed_with` says why, and the outer activation is still to be named. Instead of saving what the ABI asks a callee to save, this says what is not
/// kept: the compiler saves what it needs of that, once. Not the rounding modes: no guest's code can change them (native/instruction_rules.cpp), and host code that a trap
/// interrupts has them put back by enter().
[[gnu::always_inline]] inline bool cross_over(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
  auto code = reinterpret_cast<std::uintptr_t>(function);
  std::uintptr_t top = activation.stack.end;
  Activation* at = &activation;
  __asm__ goto volatile(
      // What a landing needs. A guest that returns has kept r12 to r15, as the ABI asks; one that is left by a landing has not. Two at a time: stores are what a call spends
      // its time on, and questions whether they are needed cost more as soon as their answers vary.
      "movq %%rsp, %%xmm0\n\t"
      "movq %%rbp, %%xmm1\n\t"
      "punpcklqdq %%xmm1, %%xmm0\n\t"
      "movups %%xmm0, 0(%[at])\n\t"
      "movq %%r12, %%xmm0\n\t"
      "movq %%r13, %%xmm1\n\t"
      "punpcklqdq %%xmm1, %%xmm0\n\t"
      "movups %%xmm0, 16(%[at])\n\t"
      "movq %%r14, %%xmm0\n\t"
      "movq %%r15, %%xmm1\n\t"
      "punpcklqdq %%xmm1, %%xmm0\n\t"
      "movups %%xmm0, 32(%[at])\n\t"
      "leaq %l[landed](%%rip), %%r11\n\t"
      "movq %%r11, 48(%[at])\n\t"
      "movq ingot_current_activation@gottpoff(%%rip), %%r10\n\t"
      "movq %%rsp, %%rbx\n\t"  // for the way back: loading what was just stored takes longer, and the guest keeps this register, too
      "movq %[at], %%fs:(%%r10)\n\t"
      "movq %[top], %%rsp\n\t"
      "call *%%rax\n\t"
      "movq %%rbx, %%rsp\n\t"
      : "+a"(code), "+D"(instance), "+S"(slots), [at] "+d"(at), [top] "+c"(top)
      :
      : "rbx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
        "xmm14", "xmm15", "cc", "memory"
      : landed);
  return true;
landed:
  return false;
}

/// Runs `function(instance, slots)` on the guest stack of `activation` and returns INGOT_TRAP_NONE, or why it stopped. `activation` must have its
/// ranges and its stack_limit set, `stack.end` a multiple of 16; it can be used again for the next call, and what it says of a trap is that of the last
/// one. Must be inside a CallScope (sandbox/watchdog.hpp), on the thread that made it. Never throws. Inline: a call takes a few nanoseconds.
[[gnu::always_inline]] inline ingot_trap enter(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
  Activation* const outer = ingot_current_activation;
  if (activation.outer != outer) [[unlikely]] activation.outer = outer;
  StackSwitch stack_switch(reinterpret_cast<const void*>(activation.stack.begin), activation.stack.end - activation.stack.begin);
  if constexpr (stack_switches_are_watched) {
    activation.host_stack_bottom = stack_switch.left_bottom();
    activation.host_stack_size = stack_switch.left_size();
  }
  // Between these an interrupt may divert this activation, but only while the program counter is in guest text.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const bool returned = cross_over(activation, function, instance, slots);
  set_current_activation(activation.outer);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  stack_switch.back(!returned);
  if (returned) [[likely]] return INGOT_TRAP_NONE;
  after_trap();
  return trap_of(activation.landed_with);
}

/// Is there room for a host function where on_host_stack() would run it? On a thread's own stack that is taken for granted; a fiber's is small, and guests
/// that enter one another through host functions all stand on it. REQUIRES: called from a host function.
bool host_stack_has_room();

/// Runs `function(argument)` on this strand's own stack, although a guest's call is in progress. For host functions that need more stack than
/// the reserve of a guest's: statements are parsed by code whose need nobody bounds. `function` must not throw and must not raise a trap.
/// REQUIRES: called from a host function.
void on_host_stack(void (*function)(void*), void* argument);

}  // namespace ingot::sandbox

extern "C" {
/// Raises a trap in the guest that this thread runs: abandons every frame up to its entry, running no destructor. Only for code that has
/// trivial locals all the way up to the guest.
[[noreturn]] void ingot_sandbox_trap(std::uint32_t kind);
}
