// SPDX-License-Identifier: Apache-2.0
#pragma once
// Address space for guests: a linear memory's reservation with its guard, and a stack with guards on both sides.
// Both are mapped once and never move; only the accessible part of a memory changes.

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "limits.hpp"
#include "sandbox/activation.hpp"
#include "sandbox/memory_image.hpp"

namespace ingot::sandbox {

/// 8 GiB + 64 KiB of address space, and what its owner wants directly in front of it: whatever a 32-bit index plus a 32-bit static offset reaches is ours, and faults when it is not
/// committed. Excluded from core dumps. Resource; used by one thread at a time.
class MemoryReservation final {
 public:
  /// `front_bytes` of plain writable memory, a multiple of the system's page, then a guard, then the reservation; base() stands
  /// front_bytes + front_guard_bytes behind front(). Errors: limit (no address space left).
  static Result<MemoryReservation> create(std::uint64_t front_bytes = 0);
  MemoryReservation(MemoryReservation&& other) noexcept;
  MemoryReservation& operator=(MemoryReservation&&) = delete;
  MemoryReservation(const MemoryReservation&) = delete;
  ~MemoryReservation();

  static constexpr std::uint64_t front_guard_bytes = 65536;

  std::uint8_t* base() const { return base_; }
  std::uint8_t* front() const { return base_ - front_guard_bytes - front_bytes_; }
  Range range() const;
  std::uint64_t committed() const { return committed_; }

  /// Makes [0, bytes) accessible, keeping what is there; new pages read as zero. REQUIRES: bytes is a multiple of 64 KiB, not below
  /// committed(), at most 4 GiB. False when the kernel refuses.
  bool commit(std::uint64_t bytes);
  /// What is committed holds what `image` holds, and shares its pages until it writes to them. Aborts if the kernel refuses. REQUIRES: the image
  /// has as many bytes as are committed.
  void adopt(std::shared_ptr<const MemoryImage> image);
  /// Holds what the adopted image holds again, with its size. Aborts if the kernel refuses. REQUIRES: one was adopted since the last reset().
  void rewind();
  /// Forgets every byte and makes nothing accessible. Aborts if the kernel refuses: a stale page must never reach the next guest.
  void reset();

 private:
  /// Everything from there on, a multiple of the system's page, is forgotten and inaccessible.
  void forget(std::uint64_t from);
  MemoryReservation(std::uint8_t* base, std::uint64_t front_bytes) : base_(base), front_bytes_(front_bytes) {}
  std::uint8_t* base_ = nullptr;
  std::uint64_t front_bytes_ = 0;
  std::uint64_t committed_ = 0;
  std::shared_ptr<const MemoryImage> image_;
};

/// A guest's stack: guard | usable | guard. Resource.
class GuestStack final {
 public:
  /// `usable_bytes`: with the reserve of host functions (limits::host_stack_reserve_bytes), a multiple of the system's page. Errors: limit.
  static Result<GuestStack> create(std::uint64_t usable_bytes = limits::guest_stack_bytes);
  GuestStack(GuestStack&& other) noexcept;
  GuestStack& operator=(GuestStack&&) = delete;
  GuestStack(const GuestStack&) = delete;
  ~GuestStack();

  Range usable() const;
  Range guard() const;  ///< the lower guard, which an overflow hits
  /// Host functions need the stack pointer at or above this.
  const void* host_call_limit() const;
  /// Forgets every byte.
  void reset();

 private:
  GuestStack(std::uint8_t* base, std::uint64_t usable_bytes) : base_(base), usable_bytes_(usable_bytes) {}
  std::uint8_t* base_ = nullptr;
  std::uint64_t usable_bytes_ = 0;
};

}  // namespace ingot::sandbox
