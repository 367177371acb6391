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

/// The crossing itself: moves to the guest's stack and calls the guest. 0, or what ingot_sandbox_land came with. Instead of saving what the ABI asks a callee to save,
/// this says that nothing is kept: the compiler saves what it needs, once. Not the rounding modes: no guest's code can change them
/// (native/instruction_rules.cpp), and host code that a trap interrupts has them put back by enter().
[[gnu::always_inline]] inline std::uint32_t cross_over(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
  auto kind = reinterpret_cast<std::uintptr_t>(function);
  std::uintptr_t top = activation.stack.end;
  Activation* at = &activation;
  __asm__ volatile(
      // What a landing needs is mostly there from the last call: comparing is cheaper than storing.
      "leaq 1f(%%rip), %%r11\n\t"
      "cmpq %%rsp, 0(%[at])\n\t"
      "jne 4f\n\t"
      "cmpq %%rbp, 48(%[at])\n\t"
      "jne 4f\n\t"
      "cmpq %%r11, 56(%[at])\n\t"
      "jne 4f\n"
      "5:\n\t"
      "movq %%rsp, %%rbx\n\t"  // a register, for the way back: loading what was just stored takes longer, and the guest keeps it, as the ABI asks
      "movq %[top], %%rsp\n\t"
      "call *%%rax\n\t"
      "movq %%rbx, %%rsp\n\t"
      "xorl %%eax, %%eax\n"
      "1:\n\t"
      ".subsection 1\n"
      "4:\n\t"
      "movq %%rsp, 0(%[at])\n\t"
      "movq %%rbp, 48(%[at])\n\t"
      "movq %%r11, 56(%[at])\n\t"
      "jmp 5b\n\t"
      ".previous"
      : "+a"(kind), "+D"(instance), "+S"(slots), [at] "+d"(at), [top] "+c"(top)
      :
      : "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
  return static_cast<std::uint32_t>(kind);
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
  // From here an interrupt may divert this activation, but only while the program counter is in guest text.
  ingot_current_activation = &activation;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uint32_t kind = cross_over(activation, function, instance, slots);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (activation.outer == nullptr) [[likely]] {
    // Mostly so, and then the next call need not wait until this value has been through memory. The compiler would make one store of both.
    Activation* nobody = nullptr;
    __asm__("" : "+r"(nobody));
    ingot_current_activation = nobody;
  } else {
    ingot_current_activation = activation.outer;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);  // and from here none touches it
  stack_switch.back(kind != INGOT_TRAP_NONE);
  if (kind == INGOT_TRAP_NONE) [[likely]] return INGOT_TRAP_NONE;
  after_trap();
  return trap_of(kind);
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
