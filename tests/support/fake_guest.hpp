// SPDX-License-Identifier: Apache-2.0
#pragma once
// Guests without a compiler: functions in a section of their own, registered as guest text, so that the sandbox can be tested by
// itself. They may do what real guests do: fault, overflow their stack, spin, call the runtime table.

#include <chrono>

#include "ingot/abi.h"
#include "limits.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/guest_stack.hpp"
#include "sandbox/services.hpp"
#include "sandbox/slot.hpp"
#include "sandbox/text_ranges.hpp"
#include "sandbox/watchdog.hpp"

// Not instrumented at all, as real guests are: what a trap abandons must leave no trace in a sanitizer's own call stack.
#define GUEST __attribute__((section("guest_text"), noinline, disable_sanitizer_instrumentation, no_sanitize("undefined"), optnone))

extern "C" char __start_guest_text[];
extern "C" char __stop_guest_text[];

namespace ingot::test {

/// Everything that one guest needs, made fresh.
class FakeGuest {
 public:
  explicit FakeGuest(std::uint64_t quota_bytes = 16 * limits::MiB)
      : memory(sandbox::Slot::create({}).value()),
        stack(sandbox::GuestStack::create().value()),
        services(memory, quota_bytes) {
    sandbox::install_fault_handler().value();
    sandbox::start_watchdog().value();
    static const auto range = sandbox::TextRange::add(reinterpret_cast<std::uintptr_t>(__start_guest_text),
                                                      reinterpret_cast<std::uintptr_t>(__stop_guest_text));
    (void)range;
  }

  ingot_trap enter(void (*function)(void*, ingot_slot*), void* instance, ingot_slot* arguments) {
    activation.forget_trap();
    const sandbox::StackRange range = stack.range();
    activation.stack_limit = range.host_call_limit();
    activation.memory = memory.range();
    activation.stack_guard = range.guard;
    activation.stack = range.usable;
    activation.services = &services;
    return sandbox::enter(activation, function, instance, arguments);
  }
  ingot_trap run(void (*function)(void*, ingot_slot*), std::chrono::milliseconds allowed = std::chrono::seconds(20)) {
    const sandbox::CallScope scope(std::chrono::steady_clock::now() + allowed);
    return enter(function, this, slots);
  }

  sandbox::Slot memory;
  sandbox::GuestStack stack;
  sandbox::Services services;
  sandbox::Activation activation;
  ingot_slot slots[8] = {};
  wasm_rt_memory_t linear{};
};

}  // namespace ingot::test
