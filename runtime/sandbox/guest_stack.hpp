// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a guest's native stack lies: guard | usable. It grows towards the guard.

#include <cstdint>

#include "base/result.hpp"
#include "limits.hpp"
#include "sandbox/activation.hpp"

namespace ingot::sandbox {

/// Value; owns nothing.
struct StackRange {
  Range usable;
  Range guard;  ///< which an overflow hits

  /// Host functions need the stack pointer at or above this.
  const void* host_call_limit() const { return reinterpret_cast<const void*>(usable.begin + limits::host_stack_reserve_bytes); }
};

/// A stack that stands by itself, with a guard on its other side too: for guests that are linked with one another and share it. Others have theirs in their
/// slot. Resource.
class GuestStack final {
 public:
  /// `usable_bytes`: with the reserve of host functions (limits::host_stack_reserve_bytes), a multiple of the system's page. Errors: limit.
  static Result<GuestStack> create(std::uint64_t usable_bytes = limits::guest_stack_bytes);
  GuestStack(GuestStack&& other) noexcept;
  GuestStack& operator=(GuestStack&&) = delete;
  GuestStack(const GuestStack&) = delete;
  ~GuestStack();

  StackRange range() const;
  /// Forgets every byte.
  void reset();

 private:
  GuestStack(std::uint8_t* base, std::uint64_t usable_bytes) : base_(base), usable_bytes_(usable_bytes) {}
  std::uint8_t* base_ = nullptr;
  std::uint64_t usable_bytes_ = 0;
};

}  // namespace ingot::sandbox
