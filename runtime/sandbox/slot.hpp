// SPDX-License-Identifier: Apache-2.0
#pragma once
// The address space of one guest, reserved once and never moved:
//
//     | guard 64 KiB | stack | front | guard 64 KiB | linear memory ... | nothing: up to 8 GiB + 64 KiB behind the memory's first byte |
//
// The front is plain writable memory for its owner: the instance's struct. Whatever a 32-bit index plus a 32-bit static offset reaches from the memory's first
// byte is the slot's, and faults when it is not committed. One question to the kernel tells what was written in all of it, since it lies together.

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "limits.hpp"
#include "sandbox/activation.hpp"
#include "sandbox/dirty_pages.hpp"
#include "sandbox/guest_stack.hpp"
#include "sandbox/memory_image.hpp"

namespace ingot::sandbox {

/// Excluded from core dumps. Resource; used by one thread at a time. Of five mappings.
class Slot final {
 public:
  /// Multiples of the system's page.
  struct Shape {
    std::uint64_t front_bytes = 0;
    std::uint64_t stack_bytes = 0;  ///< usable, with the reserve of host functions; 0: the guest has its stack elsewhere
    bool operator==(const Shape&) const = default;
  };
  static constexpr std::uint64_t front_guard_bytes = 65536;
  /// Who may have written to stack or memory since the last rewind() or reset(): nobody but the thread that asks for the next one, or anybody.
  enum class Writers { this_thread, any };

  /// Everything reads as zero. Errors: limit (no address space left).
  static Result<Slot> create(const Shape& shape);
  Slot(Slot&& other) noexcept;
  Slot& operator=(Slot&& other) noexcept;  ///< the two are exchanged
  Slot(const Slot&) = delete;
  ~Slot();

  const Shape& shape() const { return shape_; }
  /// Of the linear memory; the front ends front_guard_bytes before.
  std::uint8_t* base() const { return base_; }
  std::uint8_t* front() const { return base_ - front_guard_bytes - shape_.front_bytes; }
  /// Of the linear memory.
  Range range() const;
  std::uint64_t committed() const { return committed_; }
  /// REQUIRES: the shape has one.
  StackRange stack() const;

  /// Makes [0, bytes) accessible, keeping what is there; new pages read as zero. REQUIRES: bytes is a multiple of 64 KiB, not below
  /// committed(), at most 4 GiB. False when the kernel refuses.
  bool commit(std::uint64_t bytes);
  /// The memory is what `image` holds, and shares its pages until it writes to them; it has the image's size. Aborts if the kernel refuses. REQUIRES: nothing
  /// is committed, or as much as the image holds.
  void adopt(std::shared_ptr<const MemoryImage> image);
  /// The adopted one, or null.
  const MemoryImage* image() const { return image_.get(); }
  /// The memory holds what the adopted image holds again, with its size, or is empty again if there is none; the stack holds nothing. Not the front. Aborts if
  /// the kernel refuses.
  void rewind(Writers writers);
  /// Forgets every byte of memory and stack and makes no memory accessible. Not the front. Aborts if the kernel refuses: a stale page must never reach the next guest.
  void reset(Writers writers = Writers::any);
  /// The front is zero.
  void clear_front();

 private:
  Slot(std::uint8_t* base, const Shape& shape) : base_(base), shape_(shape) {}
  std::uint8_t* begin() const;
  std::uint64_t mapped_bytes() const;
  /// All of the memory from there on, a multiple of the system's page, is forgotten and inaccessible.
  void forget(std::uint64_t from);
  /// Undoes what was written to stack and memory.
  void undo_writes(Writers writers);
  bool restore(std::span<const PageRun> runs);

  /// The pages of [begin, end) that are ours, all of them as long as that thread has no further fault.
  struct Written {
    static constexpr std::size_t runs_max = 12;
    std::uint64_t thread = 0;  ///< its serial; 0: nothing is known
    std::uint64_t faults = 0;
    std::uintptr_t begin = 0, end = 0;
    std::size_t count = 0;
    std::array<PageRun, runs_max> runs;
  };

  std::uint8_t* base_ = nullptr;
  Shape shape_;
  std::uint64_t committed_ = 0;
  std::shared_ptr<const MemoryImage> image_;
  Written written_;
};

}  // namespace ingot::sandbox
