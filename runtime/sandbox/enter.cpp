// SPDX-License-Identifier: Apache-2.0
#include "sandbox/enter.hpp"

#include "limits.hpp"
#include "sandbox/thread.hpp"

extern "C" void ingot_sandbox_on_host_stack(const ingot::sandbox::Activation* activation, void (*function)(void*), void* argument);

namespace ingot::sandbox {

void on_host_stack(void (*function)(void*), void* argument) {
  const Activation& activation = *ingot_current_activation;
  StackSwitch stack_switch(activation.host_stack_bottom, activation.host_stack_size);
  ingot_sandbox_on_host_stack(&activation, function, argument);
  stack_switch.back(false);
}

bool host_stack_has_room() {
  const ThreadRecord* const record = this_thread_if_any();
  if (record == nullptr || record->fiber_stack_begin == 0) return true;
  return reinterpret_cast<std::uintptr_t>(ingot_current_activation->host_rsp) >= record->fiber_stack_begin + limits::fiber_stack_reserve_bytes;
}

void after_trap() {
  if (const ThreadRecord* record = this_thread_if_any()) record->call.modes.restore();
}

}  // namespace ingot::sandbox
