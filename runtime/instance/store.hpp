// SPDX-License-Identifier: Apache-2.0
#pragma once
// What instances share that are linked with one another: a guest that calls a function of another's table is still on the same stack, may fault in
// the other's memory, and may grow the other's memory or table. An instance that is linked with nobody has a Store of its own, and its stack in its slot.

#include <memory>
#include <optional>
#include <vector>

#include "sandbox/guest_stack.hpp"
#include "sandbox/services.hpp"

namespace ingot::instance {

/// Used by one thread at a time. Outlives its instances, which join when they are made and leave when they are destroyed.
struct Store {
  Store() = default;
  explicit Store(sandbox::GuestStack guest_stack) : stack(std::move(guest_stack)) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// For instances that are linked. `stack_bytes` as in sandbox::GuestStack. Errors: limit.
  static Result<std::shared_ptr<Store>> create(std::uint64_t stack_bytes = limits::guest_stack_bytes) {
    INGOT_TRY(sandbox::GuestStack stack, sandbox::GuestStack::create(stack_bytes));
    return std::make_shared<Store>(std::move(stack));
  }

  /// An instance comes and goes: its reservation, and what its guest's runtime table acts on.
  void join(const sandbox::Range& memory, sandbox::Services* instance_services) {
    memories.push_back(memory);
    memory_list = {memories.data(), memories.size()};
    services.push_back(instance_services);
  }
  void leave(const sandbox::Range& memory, sandbox::Services* instance_services) {
    std::erase_if(memories, [&](const sandbox::Range& range) { return range.begin == memory.begin; });
    memory_list = {memories.data(), memories.size()};
    std::erase(services, instance_services);
  }

  std::optional<sandbox::GuestStack> stack;   ///< that all share; none: the one instance has its own
  std::vector<sandbox::Range> memories;       ///< reservations of all instances
  sandbox::RangeList memory_list;             ///< the same, as the fault handler reads them
  std::vector<sandbox::Services*> services;   ///< of all instances
};

}  // namespace ingot::instance
