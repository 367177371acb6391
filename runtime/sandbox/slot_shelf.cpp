// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slot_shelf.hpp"

#include <utility>

#include "sandbox/thread.hpp"

namespace ingot::sandbox {

SlotShelf::SlotShelf(std::size_t most) {
  for (std::size_t at = 0; at < boards; ++at) boards_[at].most = most / boards + (at < most % boards ? 1 : 0);
}

SlotShelf::Board& SlotShelf::board(std::size_t further) {
  const ThreadRecord* const thread = this_thread_if_any();
  return boards_[((thread != nullptr ? thread->serial : 0) + further) % boards];
}

std::optional<Slot> SlotShelf::take(const Slot::Shape& shape) {
  for (std::size_t further = 0; further < boards; ++further) {
    Board& from = board(further);
    const std::scoped_lock lock(from.mutex);
    // The last one put there is the one whose pages are still in a cache.
    for (std::size_t at = from.slots.size(); at-- > 0;) {
      if (from.slots[at].shape() != shape) continue;
      std::optional<Slot> taken(std::move(from.slots[at]));
      for (std::size_t next = at + 1; next < from.slots.size(); ++next) from.slots[next - 1] = std::move(from.slots[next]);
      from.slots.pop_back();
      return taken;
    }
  }
  return std::nullopt;
}

void SlotShelf::put(Slot slot) {
  for (std::size_t further = 0; further < boards; ++further) {
    Board& on = board(further);
    const std::scoped_lock lock(on.mutex);
    if (on.slots.size() >= on.most) continue;
    on.slots.reserve(on.most);
    on.slots.push_back(std::move(slot));
    return;
  }
}

void SlotShelf::clear() {
  for (Board& each : boards_) {
    const std::scoped_lock lock(each.mutex);
    each.slots.clear();
  }
}

SlotShelf& SlotShelf::blank() {
  // Never destroyed: instances may end after static destructors have run.
  static SlotShelf* const shelf = new SlotShelf(limits::idle_slots_max);
  return *shelf;
}

}  // namespace ingot::sandbox
