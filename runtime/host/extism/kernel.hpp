// SPDX-License-Identifier: Apache-2.0
#pragma once
// The memory between a plugin and its host: blocks that both name by their offsets (handles), the input, the output and the error of a call. Guests never see the memory
// itself; they load and store through functions, eight bytes at a time, so those are short. What stands about blocks is kept apart from their bytes: no store can damage it.
// In bytes and pages it grows as the reference's does (64 KiB at first, then by pages), which a plugin's memory limit counts.

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ranges.hpp"
#include "ingot/abi.h"
#include "sandbox/services.hpp"

namespace ingot::host::extism {

/// Used by one thread at a time. Nothing here throws: where there is no memory, handles are 0.
class Kernel final {
 public:
  /// At most that many bytes altogether.
  explicit Kernel(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// Growing takes from that. Not owned.
  void limit_growth(sandbox::GrowthBudget* budget) { growth_ = budget; }

  /// A block's handle; 0 for no bytes, or when there is no room. Bytes that no block had since the last reset are zero.
  std::uint64_t alloc(std::uint64_t bytes) noexcept;
  /// A block with this in it; 0 as above.
  std::uint64_t alloc(std::string_view bytes) noexcept;
  /// Anything but a live block's handle is ignored.
  void free(std::uint64_t handle) noexcept;
  /// Of a live block; 0 for anything else.
  std::uint64_t length(std::uint64_t handle) const noexcept {
    const Block* block = find(handle);
    return block == nullptr ? 0 : block->used;
  }
  /// A live block's bytes, as they are until the next alloc(); nothing for anything else.
  std::optional<std::string_view> block(std::uint64_t handle) const noexcept {
    const Block* found = find(handle);
    if (found == nullptr) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(data_ + (handle - first)), found->used);
  }
  /// The bytes of a live block, to be filled by the host; null for anything else.
  std::uint8_t* writable(std::uint64_t handle) noexcept { return find(handle) == nullptr ? nullptr : data_ + (handle - first); }
  /// What handles are offsets into, until the next alloc(); nothing lies before the first block. Null before there was one.
  std::uint8_t* base() noexcept { return data_ == nullptr ? nullptr : reinterpret_cast<std::uint8_t*>(reinterpret_cast<std::uintptr_t>(data_) - first); }

  // Any offset; 0, or nothing, behind all that was a block since the last reset. What a freed block held stays until another has its bytes: Go's kit frees the request that the
  // host has freed, by then perhaps the response, and goes on reading.
  std::uint8_t load_u8(std::uint64_t offset) const noexcept { return offset - first < touched_ ? data_[offset - first] : std::uint8_t{0}; }
  std::uint64_t load_u64(std::uint64_t offset) const noexcept {
    std::uint64_t value = 0;
    if (contains(touched_, offset - first, sizeof value)) std::memcpy(&value, data_ + (offset - first), sizeof value);
    return value;
  }
  void store_u8(std::uint64_t offset, std::uint8_t value) noexcept {
    if (offset - first < touched_) data_[offset - first] = value;
  }
  void store_u64(std::uint64_t offset, std::uint64_t value) noexcept {
    if (contains(touched_, offset - first, sizeof value)) std::memcpy(data_ + (offset - first), &value, sizeof value);
  }

  /// Bytes that are there; others are ignored. Nothing at 0 is nothing.
  void input_set(std::uint64_t offset, std::uint64_t length) noexcept {
    set(input_, offset, length);
    publish_input();
  }
  std::uint64_t input_offset() const noexcept { return input_.offset; }
  std::uint64_t input_length() const noexcept { return input_.length; }
  /// By their place in the input; 0 unless all of it is inside.
  std::uint8_t input_load_u8(std::uint64_t index) const noexcept { return index < input_.length ? data_[input_.offset - first + index] : std::uint8_t{0}; }
  std::uint64_t input_load_u64(std::uint64_t index) const noexcept {
    std::uint64_t value = 0;
    if (contains(input_.length, index, sizeof value)) std::memcpy(&value, data_ + (input_.offset - first + index), sizeof value);
    return value;
  }
  void output_set(std::uint64_t offset, std::uint64_t length) noexcept { set(output_, offset, length); }
  std::uint64_t output_offset() const noexcept { return output_.offset; }
  std::uint64_t output_length() const noexcept { return output_.length; }
  /// As it is until the next alloc() or reset().
  std::string_view output() const noexcept {
    return output_.length == 0 ? std::string_view{} : std::string_view(reinterpret_cast<const char*>(data_ + (output_.offset - first)), output_.length);
  }
  /// 0: none. An offset behind all blocks is ignored.
  void error_set(std::uint64_t handle) noexcept {
    if (handle == 0 || handle - first < touched_) error_ = handle;
  }
  std::uint64_t error_get() const noexcept { return error_; }

  /// The same memory for guests whose code does the six functions above itself. As long as this; what is in it changes with what was called here.
  const ingot_shared_memory& shared() const noexcept { return shared_; }

  /// No block, input, output and error is left, and every byte that a block has from then on begins as zero.
  void reset() noexcept;
  /// The same, and nothing of it takes memory until the next alloc().
  void rest() noexcept;
  std::uint64_t memory_bytes() const noexcept { return extent_; }
  /// Was more asked for than the plugin's memory may grow by?
  bool growth_is_exhausted() const noexcept { return growth_ != nullptr && growth_->exhausted; }

 private:
  struct Block {
    std::uint64_t offset;     ///< the handle
    std::uint64_t capacity;
    std::uint64_t used;       ///< 0: free
    std::uint32_t next_free;  ///< an index, or none
  };
  struct Piece {
    std::uint64_t offset = 0, length = 0;
  };
  static constexpr std::uint64_t first = 64;        ///< the least handle: below it there is nothing
  static constexpr std::uint32_t none = UINT32_MAX;

  const Block* find(std::uint64_t handle) const noexcept;
  void set(Piece& piece, std::uint64_t offset, std::uint64_t length) const noexcept {
    if ((offset == 0 && length == 0) || contains(touched_, offset - first, length)) piece = {offset, length};
  }
  /// The host writes the first `filled` of them itself, at once.
  std::uint64_t make_block(std::uint64_t bytes, std::uint64_t filled) noexcept;
  std::uint64_t take_free(std::uint64_t bytes) noexcept;
  bool grow(std::uint64_t bytes) noexcept;
  /// After each change of where the bytes are, or how many there are.
  void publish_all() noexcept;
  /// After each change of where the bytes are, or which are the input.
  void publish_input() noexcept;

  std::uint8_t* data_ = nullptr;
  std::uint64_t extent_ = 0;      ///< bytes of it
  std::uint64_t position_ = 0;    ///< behind the last block
  std::uint64_t touched_ = 0;     ///< the farthest that it was since the last reset
  std::uint64_t stale_ = 0;       ///< below it may be what was there before the last reset, unless it was touched since: nothing there is read before it is made zero
  std::uint64_t bytes_max_;
  std::vector<Block> blocks_;     ///< in the order of their offsets
  std::array<std::uint32_t, 64> free_{};  ///< lists of free blocks, by the logarithm of their capacity
  std::uint64_t free_lists_ = 0;  ///< a bit for each that has one; of the others nothing is known
  Piece input_, output_;
  ingot_shared_memory shared_{};
  std::uint64_t error_ = 0;
  sandbox::GrowthBudget* growth_ = nullptr;
};

}  // namespace ingot::host::extism
