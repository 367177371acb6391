// SPDX-License-Identifier: Apache-2.0
#include "sandbox/memory.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "limits.hpp"

namespace ingot::sandbox {
namespace {

constexpr std::uint64_t stack_mapping_bytes = limits::guest_stack_bytes + 2 * limits::guest_stack_guard_bytes;

Result<std::uint8_t*> reserve(std::uint64_t bytes, const char* what) {
  void* base = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return Error{ErrorCode::limit, std::string("cannot reserve address space for a guest's ") + what + ": " + std::strerror(errno) +
                                       " (see vm.max_map_count and ulimit -v)"};
  }
  madvise(base, bytes, MADV_DONTDUMP);
  return static_cast<std::uint8_t*>(base);
}

}  // namespace

Result<MemoryReservation> MemoryReservation::create(std::uint64_t front_bytes) {
  const std::uint64_t before = front_bytes + front_guard_bytes;
  INGOT_TRY(std::uint8_t* begin, reserve(before + limits::memory_reservation_bytes, "memory"));
  MemoryReservation reservation(begin + before, front_bytes);
  if (front_bytes > 0 && mprotect(begin, front_bytes, PROT_READ | PROT_WRITE) != 0) {
    return Error{ErrorCode::limit, std::string("cannot map an instance: ") + std::strerror(errno)};
  }
  return reservation;
}

MemoryReservation::MemoryReservation(MemoryReservation&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), front_bytes_(other.front_bytes_), committed_(std::exchange(other.committed_, 0)) {}

MemoryReservation::~MemoryReservation() {
  if (base_ != nullptr) munmap(front(), front_bytes_ + front_guard_bytes + limits::memory_reservation_bytes);
}

Range MemoryReservation::range() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return {begin, begin + limits::memory_reservation_bytes};
}

bool MemoryReservation::commit(std::uint64_t bytes) {
  INGOT_CHECK(bytes >= committed_ && bytes <= limits::wasm32_address_space_bytes && bytes % limits::wasm_page_bytes == 0);
  if (bytes == committed_) return true;
  if (mprotect(base_ + committed_, bytes - committed_, PROT_READ | PROT_WRITE) != 0) return false;
  committed_ = bytes;
  return true;
}

void MemoryReservation::reset() {
  if (committed_ == 0) return;
  // One fresh mapping over the used part: drops the pages, their contents and the access right in one step.
  void* const fresh = mmap(base_, committed_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  INGOT_CHECK(fresh == base_);
  madvise(base_, committed_, MADV_DONTDUMP);
  committed_ = 0;
}

Result<GuestStack> GuestStack::create() {
  INGOT_TRY(std::uint8_t* base, reserve(stack_mapping_bytes, "stack"));
  if (mprotect(base + limits::guest_stack_guard_bytes, limits::guest_stack_bytes, PROT_READ | PROT_WRITE) != 0) {
    const int reason = errno;
    munmap(base, stack_mapping_bytes);
    return Error{ErrorCode::limit, std::string("cannot make a guest's stack: ") + std::strerror(reason)};
  }
  return GuestStack(base);
}

GuestStack::GuestStack(GuestStack&& other) noexcept : base_(std::exchange(other.base_, nullptr)) {}

GuestStack::~GuestStack() {
  if (base_ != nullptr) munmap(base_, stack_mapping_bytes);
}

Range GuestStack::usable() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_) + limits::guest_stack_guard_bytes;
  return {begin, begin + limits::guest_stack_bytes};
}

Range GuestStack::guard() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return {begin, begin + limits::guest_stack_guard_bytes};
}

const void* GuestStack::host_call_limit() const {
  return base_ + limits::guest_stack_guard_bytes + limits::host_stack_reserve_bytes;
}

void GuestStack::reset() {
  madvise(base_ + limits::guest_stack_guard_bytes, limits::guest_stack_bytes, MADV_DONTNEED);
}

}  // namespace ingot::sandbox
