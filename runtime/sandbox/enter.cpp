// SPDX-License-Identifier: Apache-2.0
#include "sandbox/enter.hpp"

#include <atomic>

#include "base/check.hpp"
#include "sandbox/sanitizers.hpp"

extern "C" std::uint32_t ingot_sandbox_enter(ingot::sandbox::Activation* activation, void* stack_top,
                                             void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots);

extern "C" void ingot_sandbox_on_host_stack(const ingot::sandbox::Activation* activation, void (*function)(void*), void* argument);

namespace ingot::sandbox {

void on_host_stack(void (*function)(void*), void* argument) {
  const Activation& activation = *ingot_current_activation;
  StackSwitch stack_switch(activation.host_stack_bottom, activation.host_stack_size);
  ingot_sandbox_on_host_stack(&activation, function, argument);
  stack_switch.back(false);
}

ingot_trap enter(Activation& activation, void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
  INGOT_CHECK(activation.stack.end % 16 == 0 && activation.stack.end > activation.stack.begin);
  activation.outer = ingot_current_activation;
  activation.fault_address = 0;
  activation.trap_pc = activation.trap_sp = activation.trap_bp = activation.trap_r11 = 0;
  activation.guest_sp = activation.guest_bp = 0;
  StackSwitch stack_switch(reinterpret_cast<const void*>(activation.stack.begin), activation.stack.end - activation.stack.begin);
  activation.host_stack_bottom = stack_switch.left_bottom();
  activation.host_stack_size = stack_switch.left_size();
  // From here an interrupt may divert this activation, but only while the program counter is in guest text.
  ingot_current_activation = &activation;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uint32_t kind =
      ingot_sandbox_enter(&activation, reinterpret_cast<void*>(activation.stack.end), function, instance, slots);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ingot_current_activation = activation.outer;
  stack_switch.back(kind != INGOT_TRAP_NONE);
  return static_cast<ingot_trap>(kind);
}

}  // namespace ingot::sandbox
