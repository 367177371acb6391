// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an instance holds that its start did not leave: enough to make another one of the same module what this one was, wherever it lies. An instance that waits
// for its next call has a few pages of its own and, for them, tables of the kernel's; mostly some hundred bytes of that are not what every start leaves.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace ingot::instance {

/// Bytes of one block that differ from another: pieces of | offset (32 bits) | length (32 bits) | bytes |.
class Differences final {
 public:
  /// Looks at [begin, begin + bytes), which stands at `offset` of the block, in words of eight. `was`: the same bytes of the other; null: zeros. REQUIRES: `bytes` is a multiple of
  /// eight, offset + bytes at most 2^32.
  void add(const std::uint8_t* begin, const std::uint8_t* was, std::size_t bytes, std::uint64_t offset);
  /// Makes the other, at `begin`, what the block was.
  void apply(std::uint8_t* begin) const;
  std::size_t bytes() const { return pieces_.size(); }
  void shrink_to_fit() { pieces_.shrink_to_fit(); }

 private:
  std::vector<std::uint8_t> pieces_;
};

/// Value. Says nothing about who the instance was linked with, and holds no address.
struct Rested {
  std::uint64_t committed = 0;  ///< bytes of linear memory
  Differences memory;           ///< against the shared image of the start
  Differences block;            ///< against the generated struct after the start
  std::size_t bytes() const { return sizeof *this + memory.bytes() + block.bytes(); }
};

}  // namespace ingot::instance
