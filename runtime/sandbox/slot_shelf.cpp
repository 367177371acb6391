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
    // The last one put there is the one whose pages are still in a cache: it stands in front.
    for (auto each = from.slots.begin(); each != from.slots.end(); ++each) {
      if (each->shape() != shape) continue;
      std::optional<Slot> taken(std::move(*each));
      from.slots.erase(each);
      return taken;
    }
  }
  return std::nullopt;
}

void SlotShelf::put(Slot slot) {
  std::list<Slot> one;
  one.push_front(std::move(slot));
  for (std::size_t further = 0; further < boards; ++further) {
    Board& on = board(further);
    const std::scoped_lock lock(on.mutex);
    if (on.slots.size() >= on.most) continue;
    on.slots.splice(on.slots.begin(), one);
    return;
  }
}

void SlotShelf::clear() {
  for (Board& each : boards_) {
    std::list<Slot> gone;
    const std::scoped_lock lock(each.mutex);
    gone.swap(each.slots);
  }
}

SlotShelf& SlotShelf::blank() {
  // Never destroyed: instances may end after static destructors have run.
  static SlotShelf* const shelf = new SlotShelf(limits::idle_slots_max);
  return *shelf;
}

}  // namespace ingot::sandbox
