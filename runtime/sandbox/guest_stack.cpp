// SPDX-License-Identifier: Apache-2.0
#include "sandbox/guest_stack.hpp"

#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "sandbox/dirty_pages.hpp"
#include "sandbox/reserve.hpp"

namespace ingot::sandbox {
namespace {

constexpr std::uint64_t guard_bytes = limits::guest_stack_guard_bytes;
constexpr std::uint64_t mapping_bytes(std::uint64_t usable_bytes) { return usable_bytes + 2 * guard_bytes; }
// Above that many pages it is quicker to let the kernel drop them all.
constexpr std::size_t cleared_pages_max = 8;

}  // namespace

Result<GuestStack> GuestStack::create(std::uint64_t usable_bytes) {
  INGOT_CHECK(usable_bytes > limits::host_stack_reserve_bytes && usable_bytes % limits::system_page_bytes == 0);
  INGOT_TRY(std::uint8_t* base, reserve(mapping_bytes(usable_bytes), "stack"));
  if (mprotect(base + guard_bytes, usable_bytes, PROT_READ | PROT_WRITE) != 0) {
    const int reason = errno;
    munmap(base, mapping_bytes(usable_bytes));
    return Error{ErrorCode::limit, std::string("cannot make a guest's stack: ") + std::strerror(reason)};
  }
  return GuestStack(base, usable_bytes);
}

GuestStack::GuestStack(GuestStack&& other) noexcept : base_(std::exchange(other.base_, nullptr)), usable_bytes_(other.usable_bytes_) {}

GuestStack::~GuestStack() {
  if (base_ != nullptr) munmap(base_, mapping_bytes(usable_bytes_));
}

StackRange GuestStack::range() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return {{begin + guard_bytes, begin + guard_bytes + usable_bytes_}, {begin, begin + guard_bytes}};
}

void GuestStack::reset() {
  std::array<PageRun, cleared_pages_max> runs;
  const Range usable = range().usable;
  const auto count = written_pages(usable.begin, usable.end, ZeroPages::untouched, cleared_pages_max, runs);
  if (!count) {
    INGOT_CHECK(madvise(base_ + guard_bytes, usable_bytes_, MADV_DONTNEED) == 0);
    return;
  }
  for (const PageRun& run : std::span(runs).first(*count)) std::memset(reinterpret_cast<void*>(run.begin), 0, run.end - run.begin);
}

}  // namespace ingot::sandbox
