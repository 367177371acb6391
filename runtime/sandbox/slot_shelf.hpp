// SPDX-License-Identifier: Apache-2.0
#pragma once
// Slots that nobody uses, kept for the next instance: mapping 8 GiB and touching the first pages takes several times as long as clearing what was written.
//
// A thread gets back what it has put there, if it can: then the kernel need not be asked which pages are the slot's (Slot::undo_writes), the pages are in that core's
// cache, and two threads do not wait for one another.

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "sandbox/slot.hpp"

namespace ingot::sandbox {

/// Thread-safe. What stands on it holds nothing of its last guest: the stack and the front are zero, the memory is empty or what its image holds.
class SlotShelf final {
 public:
  /// At most `most` slots.
  explicit SlotShelf(std::size_t most);
  SlotShelf(const SlotShelf&) = delete;
  SlotShelf& operator=(const SlotShelf&) = delete;

  /// One of that shape, if there is one; of those that this thread has put there, the last one.
  std::optional<Slot> take(const Slot::Shape& shape);
  /// Unmaps it if the shelf is full. REQUIRES: it is clean, as above.
  void put(Slot slot);
  /// Unmaps all.
  void clear();

  /// Of the process, for slots with empty memories.
  static SlotShelf& blank();

 private:
  static constexpr std::size_t boards = 8;
  /// Threads share one when there are more of them than boards.
  struct alignas(64) Board {
    std::mutex mutex;
    std::vector<Slot> slots;  ///< with room for all from the first one on: what one thread allocated is not used again and again by another
    std::size_t most = 0;
  };
  /// This thread's one, or the `further`th behind it.
  Board& board(std::size_t further);

  std::array<Board, boards> boards_;
};

}  // namespace ingot::sandbox
