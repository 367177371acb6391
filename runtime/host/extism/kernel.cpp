// SPDX-License-Identifier: Apache-2.0
#include "host/extism/kernel.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "base/copy.hpp"
#include "limits.hpp"

namespace ingot::host::extism {
namespace {

constexpr std::uint64_t granule = 16;
constexpr std::uint64_t stale_bytes_max = 256 * limits::KiB;  // of more than that the system is given back what is behind: a large call should not stay in memory
constexpr int looks = 8;  // at blocks that may be too small, or not the one that is meant

std::size_t class_of(std::uint64_t bytes) { return static_cast<std::size_t>(std::bit_width(bytes) - 1); }

ingot_window window(std::uint8_t* data, std::uint64_t begin, std::uint64_t bytes) {
  constexpr std::uint64_t word = sizeof(std::uint64_t);
  return {.data = data, .first = begin, .bytes = bytes, .words = bytes < word ? 0 : bytes - (word - 1)};
}

}  // namespace

// A mapping of its own: what nobody has touched takes no memory, growing copies nothing, and what is new is zero.
Kernel::~Kernel() {
  if (data_ != nullptr) munmap(data_, extent_);
}

const Kernel::Block* Kernel::find(std::uint64_t handle) const noexcept {
  const Block* const begin = blocks_.data();
  const Block* end = begin + blocks_.size();
  const auto live = [&](const Block* block) { return block->offset == handle && block->used != 0 ? block : nullptr; };
  // Most questions are about one of those that were made last.
  for (int look = 0; look < looks; ++look) {
    if (end == begin) return nullptr;
    if ((--end)->offset <= handle) return live(end);
  }
  const Block* const at = std::lower_bound(begin, end, handle, [](const Block& block, std::uint64_t offset) { return block.offset < offset; });
  return at == end ? nullptr : live(at);
}

std::uint64_t Kernel::take_free(std::uint64_t bytes) noexcept {
  // In the list of its own size a few blocks are tried, in the others all are large enough.
  for (std::uint64_t lists = free_lists_ & (~std::uint64_t{0} << class_of(bytes)); lists != 0; lists &= lists - 1) {
    const auto index = static_cast<std::size_t>(std::countr_zero(lists));
    std::uint32_t* link = &free_[index];
    for (int look = 0; *link != none && look < looks; ++look) {
      Block& block = blocks_[*link];
      if (block.capacity < bytes) {
        link = &block.next_free;
        continue;
      }
      *link = block.next_free;
      if (free_[index] == none) free_lists_ &= ~(std::uint64_t{1} << index);
      block.used = bytes;
      return block.offset;
    }
  }
  return 0;
}

bool Kernel::grow(std::uint64_t bytes) noexcept {
  const std::uint64_t needed = position_ + bytes;
  if (needed <= extent_) return true;
  if (needed > bytes_max_) return false;
  const std::uint64_t extent = (needed + limits::wasm_page_bytes - 1) / limits::wasm_page_bytes * limits::wasm_page_bytes;
  // What a plugin starts with is not counted.
  const std::uint64_t counted = extent - std::max(std::min(extent, limits::wasm_page_bytes), extent_);
  if (growth_ != nullptr && !growth_->allows(counted)) return false;
  void* const data = data_ == nullptr ? mmap(nullptr, extent, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                                      : mremap(data_, extent_, extent, MREMAP_MAYMOVE);
  if (data == MAP_FAILED) return false;
  madvise(data, extent, MADV_DONTDUMP);  // it holds what a plugin was given
  if (growth_ != nullptr) growth_->take(counted);
  data_ = static_cast<std::uint8_t*>(data);
  extent_ = extent;
  publish_all();  // whatever becomes of the block
  publish_input();
  return true;
}

std::uint64_t Kernel::alloc(std::uint64_t bytes) noexcept {
  return make_block(bytes, 0);
}

std::uint64_t Kernel::make_block(std::uint64_t bytes, std::uint64_t filled) noexcept {
  if (bytes == 0 || bytes > bytes_max_) return 0;
  if (free_lists_ != 0) {
    if (const std::uint64_t handle = take_free(bytes); handle != 0) return handle;
  }
  const std::uint64_t capacity = (bytes + granule - 1) / granule * granule;
  if (blocks_.size() >= limits::extism_blocks_max || !grow(capacity)) return 0;
  try {
    blocks_.push_back({first + position_, capacity, bytes, none});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  const std::uint64_t begin = position_, end = begin + capacity;
  position_ = end;
  if (end > touched_) {
    // Not the host's own copy of what it is about to write there.
    const std::uint64_t from = std::max(touched_, begin + filled), to = std::min(end, stale_);
    if (from < to) std::memset(data_ + from, 0, to - from);
    touched_ = end;
    publish_all();
  }
  return first + begin;
}

std::uint64_t Kernel::alloc(std::string_view bytes) noexcept {
  const std::uint64_t handle = make_block(bytes.size(), bytes.size());
  if (handle != 0) copy_bytes(data_ + (handle - first), bytes.data(), bytes.size());
  return handle;
}

void Kernel::free(std::uint64_t handle) noexcept {
  const Block* found = find(handle);
  if (found == nullptr) return;
  if (handle == input_.offset) {
    input_.length = 0;
    publish_input();
  }
  const auto index = static_cast<std::uint32_t>(found - blocks_.data());
  Block& block = blocks_[index];
  if (index + 1 == blocks_.size()) {  // then it may as well never have been; its bytes are another's
    position_ -= block.capacity;
    blocks_.pop_back();
    return;
  }
  block.used = 0;
  const std::size_t list = class_of(block.capacity);
  block.next_free = (free_lists_ >> list & 1) != 0 ? free_[list] : none;
  free_[list] = index;
  free_lists_ |= std::uint64_t{1} << list;
}

void Kernel::reset() noexcept {
  // Nothing was stored behind what once was the last block.
  stale_ = std::max(stale_, touched_);
  if (stale_ > stale_bytes_max) {
    if (madvise(data_ + stale_bytes_max, extent_ - stale_bytes_max, MADV_DONTNEED) != 0) std::memset(data_ + stale_bytes_max, 0, stale_ - stale_bytes_max);
    stale_ = stale_bytes_max;
  }
  position_ = touched_ = 0;
  blocks_.clear();
  free_lists_ = 0;
  input_ = output_ = {};
  error_ = 0;
  publish_all();
  publish_input();
}

void Kernel::rest() noexcept {
  reset();
  blocks_ = {};
  if (data_ != nullptr && madvise(data_, extent_, MADV_DONTNEED) == 0) stale_ = 0;
}

void Kernel::publish_all() noexcept { shared_.all = window(data_, first, touched_); }

void Kernel::publish_input() noexcept {
  shared_.input = input_.length == 0 ? window(nullptr, 0, 0) : window(data_ + (input_.offset - first), 0, input_.length);
}

}  // namespace ingot::host::extism
