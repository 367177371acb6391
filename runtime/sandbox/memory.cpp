// SPDX-License-Identifier: Apache-2.0
#include "sandbox/memory.hpp"

#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "limits.hpp"
#include "sandbox/dirty_pages.hpp"

namespace ingot::sandbox {
namespace {

// Above that many pages it is quicker to let the kernel drop them all.
constexpr std::size_t rewound_pages_max = 64;
constexpr std::size_t cleared_pages_max = 8;
constexpr std::size_t runs_max = 64;

constexpr std::uint64_t stack_mapping_bytes(std::uint64_t usable_bytes) { return usable_bytes + 2 * limits::guest_stack_guard_bytes; }

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
    : base_(std::exchange(other.base_, nullptr)), front_bytes_(other.front_bytes_), committed_(std::exchange(other.committed_, 0)), image_(std::move(other.image_)) {}

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

void MemoryReservation::adopt(std::shared_ptr<const MemoryImage> image) {
  INGOT_CHECK(image->bytes() == committed_);
  void* const mapped = mmap(base_, committed_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, image->descriptor(), 0);
  INGOT_CHECK(mapped == base_);  // a failure may have left a gap (Linux before 6.12), which another mapping would fill
  madvise(base_, committed_, MADV_DONTDUMP);
  image_ = std::move(image);
}

void MemoryReservation::rewind() {
  INGOT_CHECK(image_ != nullptr && image_->bytes() <= committed_);
  forget(image_->bytes());
  std::array<PageRun, runs_max> runs;
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  const auto count = written_pages(begin, begin + committed_, ZeroPages::written, rewound_pages_max, runs);
  if (!count) {
    INGOT_CHECK(madvise(base_, committed_, MADV_DONTNEED) == 0);
    return;
  }
  // The pages stay ours: the next guest writes to them without a fault.
  for (const PageRun& run : std::span(runs).first(*count)) {
    std::memcpy(reinterpret_cast<void*>(run.begin), image_->view() + (run.begin - begin), run.end - run.begin);
  }
}

void MemoryReservation::forget(std::uint64_t from) {
  if (from == committed_) return;
  // One fresh mapping over the used part: drops the pages, their contents and the access right in one step.
  void* const fresh = mmap(base_ + from, committed_ - from, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  INGOT_CHECK(fresh == base_ + from);
  madvise(base_ + from, committed_ - from, MADV_DONTDUMP);
  committed_ = from;
}

void MemoryReservation::reset() {
  forget(0);
  image_.reset();
}

Result<GuestStack> GuestStack::create(std::uint64_t usable_bytes) {
  INGOT_CHECK(usable_bytes > limits::host_stack_reserve_bytes && usable_bytes % limits::system_page_bytes == 0);
  INGOT_TRY(std::uint8_t* base, reserve(stack_mapping_bytes(usable_bytes), "stack"));
  if (mprotect(base + limits::guest_stack_guard_bytes, usable_bytes, PROT_READ | PROT_WRITE) != 0) {
    const int reason = errno;
    munmap(base, stack_mapping_bytes(usable_bytes));
    return Error{ErrorCode::limit, std::string("cannot make a guest's stack: ") + std::strerror(reason)};
  }
  return GuestStack(base, usable_bytes);
}

GuestStack::GuestStack(GuestStack&& other) noexcept : base_(std::exchange(other.base_, nullptr)), usable_bytes_(other.usable_bytes_) {}

GuestStack::~GuestStack() {
  if (base_ != nullptr) munmap(base_, stack_mapping_bytes(usable_bytes_));
}

Range GuestStack::usable() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_) + limits::guest_stack_guard_bytes;
  return {begin, begin + usable_bytes_};
}

Range GuestStack::guard() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return {begin, begin + limits::guest_stack_guard_bytes};
}

const void* GuestStack::host_call_limit() const {
  return base_ + limits::guest_stack_guard_bytes + limits::host_stack_reserve_bytes;
}

void GuestStack::reset() {
  std::array<PageRun, runs_max> runs;
  const auto count = written_pages(usable().begin, usable().end, ZeroPages::untouched, cleared_pages_max, runs);
  if (!count) {
    INGOT_CHECK(madvise(base_ + limits::guest_stack_guard_bytes, usable_bytes_, MADV_DONTNEED) == 0);
    return;
  }
  for (const PageRun& run : std::span(runs).first(*count)) std::memset(reinterpret_cast<void*>(run.begin), 0, run.end - run.begin);
}

}  // namespace ingot::sandbox
