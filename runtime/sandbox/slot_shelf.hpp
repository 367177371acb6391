// SPDX-License-Identifier: Apache-2.0
#pragma once
// Slots that nobody uses, kept for the next instance: mapping 8 GiB and touching the first pages takes several times as long as clearing what was written.

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>

#include "sandbox/slot.hpp"

namespace ingot::sandbox {

/// Thread-safe. What stands on it holds nothing of its last guest: the stack and the front are zero, the memory is empty or what its image holds.
class SlotShelf final {
 public:
  explicit SlotShelf(std::size_t most) : most_(most) {}
  SlotShelf(const SlotShelf&) = delete;
  SlotShelf& operator=(const SlotShelf&) = delete;

  /// One of that shape, if there is one.
  std::optional<Slot> take(const Slot::Shape& shape);
  /// Unmaps it if the shelf is full. REQUIRES: it is clean, as above.
  void put(Slot slot);
  /// Unmaps all.
  void clear();

  /// Of the process, for slots with empty memories.
  static SlotShelf& blank();

 private:
  std::mutex mutex_;
  std::list<Slot> slots_;
  std::size_t most_;
};

}  // namespace ingot::sandbox
