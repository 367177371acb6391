// SPDX-License-Identifier: Apache-2.0
#include "host/extism/kernel.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "limits.hpp"

namespace ingot::host::extism {
namespace {

constexpr std::uint64_t granule = 16;
constexpr std::uint64_t cleared_bytes_max = 256 * limits::KiB;  // of more than that the system is given back what is behind: a large call should not stay in memory
constexpr int looks = 8;  // at blocks that may be too small

std::size_t class_of(std::uint64_t bytes) { return static_cast<std::size_t>(std::bit_width(bytes) - 1); }

}  // namespace

// A mapping of its own: what nobody has touched takes no memory, growing copies nothing, and what is new is zero.
Kernel::~Kernel() {
  if (data_ != nullptr) munmap(data_, extent_);
}

const Kernel::Block* Kernel::find(std::uint64_t handle) const noexcept {
  // Most questions are about the block that was made last.
  if (blocks_.empty()) return nullptr;
  const auto at = blocks_.back().offset == handle ? blocks_.end() - 1 : std::ranges::lower_bound(blocks_, handle, {}, &Block::offset);
  return at == blocks_.end() || at->offset != handle || at->used == 0 ? nullptr : &*at;
}

std::uint64_t Kernel::take_free(std::uint64_t bytes) noexcept {
  // In the list of its own size a few blocks are tried, in the others all are large enough.
  for (std::size_t index = class_of(bytes); index < free_.size(); ++index) {
    std::uint32_t* link = &free_[index];
    for (int look = 0; *link != none && look < looks; ++look) {
      Block& block = blocks_[*link];
      if (block.capacity < bytes) {
        link = &block.next_free;
        continue;
      }
      *link = block.next_free;
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
  return true;
}

std::uint64_t Kernel::alloc(std::uint64_t bytes) noexcept {
  if (bytes == 0 || bytes > bytes_max_) return 0;
  if (const std::uint64_t handle = take_free(bytes); handle != 0) return handle;
  const std::uint64_t capacity = (bytes + granule - 1) / granule * granule;
  if (blocks_.size() >= limits::extism_blocks_max || !grow(capacity)) return 0;
  try {
    blocks_.push_back({first + position_, capacity, bytes, none});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  position_ += capacity;
  touched_ = std::max(touched_, position_);
  publish();
  return blocks_.back().offset;
}

std::uint64_t Kernel::alloc(std::string_view bytes) noexcept {
  const std::uint64_t handle = alloc(bytes.size());
  if (handle != 0) std::memcpy(data_ + (handle - first), bytes.data(), bytes.size());
  return handle;
}

void Kernel::free(std::uint64_t handle) noexcept {
  const Block* found = find(handle);
  if (found == nullptr) return;
  if (handle == input_.offset) {
    input_.length = 0;
    publish();
  }
  const auto index = static_cast<std::uint32_t>(found - blocks_.data());
  Block& block = blocks_[index];
  if (index + 1 == blocks_.size()) {  // then it may as well never have been; its bytes are another's
    position_ -= block.capacity;
    blocks_.pop_back();
    return;
  }
  block.used = 0;
  std::uint32_t& list = free_[class_of(block.capacity)];
  block.next_free = list;
  list = index;
}

void Kernel::reset() noexcept {
  // Nothing was stored behind what once was the last block.
  const std::uint64_t kept = std::min(touched_, cleared_bytes_max);
  if (kept > 0) std::memset(data_, 0, kept);
  if (touched_ > kept && madvise(data_ + kept, extent_ - kept, MADV_DONTNEED) != 0) std::memset(data_ + kept, 0, touched_ - kept);
  position_ = touched_ = 0;
  blocks_.clear();
  free_ = filled_with_none();
  input_ = output_ = {};
  error_ = 0;
  publish();
}

void Kernel::publish() noexcept {
  const auto window = [](std::uint8_t* data, std::uint64_t begin, std::uint64_t bytes) -> ingot_window {
    constexpr std::uint64_t word = sizeof(std::uint64_t);
    return {.data = data, .first = begin, .bytes = bytes, .words = bytes < word ? 0 : bytes - (word - 1)};
  };
  shared_.all = window(data_, first, touched_);
  shared_.input = input_.length == 0 ? window(nullptr, 0, 0) : window(data_ + (input_.offset - first), 0, input_.length);
}

}  // namespace ingot::host::extism
