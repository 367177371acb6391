// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slot.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "sandbox/dirty_pages.hpp"
#include "sandbox/reserve.hpp"
#include "sandbox/thread.hpp"

namespace ingot::sandbox {
namespace {

// Above that many pages it is quicker to let the kernel drop them all.
constexpr std::size_t rewound_pages_max = 72;
constexpr std::size_t runs_max = 64;

// The kernel looks at each page that it is asked about, so it is asked about the upper end of the stack only. A stack is written to from there on without
// leaving a page out (the compiler probes what is larger than one, -fstack-clash-protection), but for host functions on it, which the island's thunks have room for and
// which use at most half of the window: if the lower half was not written to, nothing below it was.
constexpr std::uint64_t stack_window_bytes = limits::host_stack_reserve_bytes;

/// The pages read as zero at the next touch.
void drop(std::uintptr_t begin, std::uintptr_t end) { INGOT_CHECK(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0); }

constexpr std::uint64_t bytes_before_front(const Slot::Shape& shape) {
  return shape.stack_bytes == 0 ? 0 : limits::guest_stack_guard_bytes + shape.stack_bytes;
}

}  // namespace

Result<Slot> Slot::create(const Shape& shape) {
  INGOT_CHECK(shape.front_bytes % limits::system_page_bytes == 0 && shape.stack_bytes % limits::system_page_bytes == 0);
  INGOT_CHECK(shape.stack_bytes == 0 || shape.stack_bytes > limits::host_stack_reserve_bytes);
  const std::uint64_t before = bytes_before_front(shape) + shape.front_bytes + front_guard_bytes;
  INGOT_TRY(std::uint8_t* begin, reserve(before + limits::memory_reservation_bytes, "memory"));
  Slot slot(begin + before, shape);
  const std::uint64_t writable = shape.stack_bytes + shape.front_bytes;
  if (writable > 0 && mprotect(slot.front() - shape.stack_bytes, writable, PROT_READ | PROT_WRITE) != 0) {
    return Error{ErrorCode::limit, std::string("cannot map an instance: ") + std::strerror(errno)};
  }
  return slot;
}

Slot::Slot(Slot&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), shape_(other.shape_), committed_(std::exchange(other.committed_, 0)), image_(std::move(other.image_)), written_(other.written_) {}

Slot& Slot::operator=(Slot&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(shape_, other.shape_);
  std::swap(committed_, other.committed_);
  std::swap(image_, other.image_);
  std::swap(written_, other.written_);
  return *this;
}

Slot::~Slot() {
  if (base_ != nullptr) munmap(begin(), mapped_bytes());
}

std::uint8_t* Slot::begin() const { return front() - bytes_before_front(shape_); }
std::uint64_t Slot::mapped_bytes() const { return bytes_before_front(shape_) + shape_.front_bytes + front_guard_bytes + limits::memory_reservation_bytes; }

Range Slot::range() const {
  const auto begin = reinterpret_cast<std::uintptr_t>(base_);
  return {begin, begin + limits::memory_reservation_bytes};
}

StackRange Slot::stack() const {
  INGOT_CHECK(shape_.stack_bytes > 0);
  const auto end = reinterpret_cast<std::uintptr_t>(front());
  const std::uintptr_t bottom = end - shape_.stack_bytes;
  return {{bottom, end}, {bottom - limits::guest_stack_guard_bytes, bottom}};
}

bool Slot::commit(std::uint64_t bytes) {
  INGOT_CHECK(bytes >= committed_ && bytes <= limits::wasm32_address_space_bytes && bytes % limits::wasm_page_bytes == 0);
  if (bytes == committed_) return true;
  if (mprotect(base_ + committed_, bytes - committed_, PROT_READ | PROT_WRITE) != 0) return false;
  committed_ = bytes;
  return true;
}

void Slot::adopt(std::shared_ptr<const MemoryImage> image) {
  INGOT_CHECK(committed_ == 0 || image->bytes() == committed_);
  void* const mapped = mmap(base_, image->bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, image->descriptor(), 0);
  INGOT_CHECK(mapped == base_);  // a failure may have left a gap (Linux before 6.12), which another mapping would fill
  madvise(base_, image->bytes(), MADV_DONTDUMP);
  committed_ = image->bytes();
  image_ = std::move(image);
  written_.thread = 0;
}

void Slot::rewind(Writers writers) {
  const std::uint64_t kept = image_ == nullptr ? 0 : image_->bytes();
  INGOT_CHECK(kept <= committed_);
  forget(kept);
  undo_writes(writers);
}

void Slot::reset(Writers writers) {
  forget(0);
  image_.reset();
  undo_writes(writers);
}

void Slot::clear_front() {
  constexpr std::uint64_t written_bytes_max = 64 * limits::KiB;
  if (shape_.front_bytes <= written_bytes_max) {
    std::memset(front(), 0, shape_.front_bytes);
  } else {
    INGOT_CHECK(madvise(front(), shape_.front_bytes, MADV_DONTNEED) == 0);
  }
}

void Slot::undo_writes(Writers writers) {
  const auto memory = reinterpret_cast<std::uintptr_t>(base_), stack_end = reinterpret_cast<std::uintptr_t>(front());
  const std::uintptr_t window = stack_end - std::min(shape_.stack_bytes, stack_window_bytes);
  const std::uintptr_t begin = shape_.stack_bytes > 0 ? window : memory, end = committed_ > 0 ? memory + committed_ : stack_end;
  if (begin >= end) return;

  // A page becomes ours by a fault. Without a new one the pages are those of the last time, and the kernel need not look.
  const ThreadRecord* const thread = this_thread_if_any();
  const auto faults = thread != nullptr && writers == Writers::this_thread ? faults_of_this_thread() : std::nullopt;
  if (faults && written_.thread == thread->serial && written_.faults == *faults && written_.begin == begin && written_.end == end) {
    restore(std::span(written_.runs).first(written_.count));
    return;
  }
  written_.thread = 0;

  std::array<PageRun, runs_max> runs;
  const auto count = written_pages(begin, end, ZeroPages::written, rewound_pages_max + shape_.front_bytes / limits::system_page_bytes, runs);
  if (!count) {
    if (shape_.stack_bytes > 0) drop(stack_end - shape_.stack_bytes, stack_end);
    if (committed_ > 0) drop(memory, memory + committed_);
    return;
  }
  const std::span<const PageRun> found = std::span(runs).first(*count);
  const bool deep = restore(found);
  if (deep && shape_.stack_bytes > stack_window_bytes) {
    drop(stack_end - shape_.stack_bytes, window);
  } else if (faults && found.size() <= Written::runs_max) {
    written_ = {thread->serial, *faults, begin, end, found.size(), {}};
    std::ranges::copy(found, written_.runs.begin());
  }
}

/// Stack and memory hold on these pages what they should. The pages stay ours: the next guest writes to them without a fault. Did a guest come far down its stack?
bool Slot::restore(std::span<const PageRun> runs) {
  const auto memory = reinterpret_cast<std::uintptr_t>(base_), stack_end = reinterpret_cast<std::uintptr_t>(front());
  bool deep = false;
  for (const PageRun& run : runs) {
    if (run.begin < stack_end) {
      std::memset(reinterpret_cast<void*>(run.begin), 0, std::min(run.end, stack_end) - run.begin);
      deep = deep || run.begin < stack_end - std::min(shape_.stack_bytes, stack_window_bytes) + stack_window_bytes / 2;
    }
    if (run.end > memory) std::memcpy(reinterpret_cast<void*>(run.begin), image_->view() + (run.begin - memory), run.end - run.begin);
  }
  return deep;
}

void Slot::forget(std::uint64_t from) {
  if (from == committed_) return;
  // One fresh mapping over the used part: drops the pages, their contents and the access right in one step.
  void* const fresh = mmap(base_ + from, committed_ - from, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  INGOT_CHECK(fresh == base_ + from);
  madvise(base_ + from, committed_ - from, MADV_DONTDUMP);
  committed_ = from;
  written_.thread = 0;
}

}  // namespace ingot::sandbox
