// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slot_shelf.hpp"

#include <utility>

namespace ingot::sandbox {

std::optional<Slot> SlotShelf::take(const Slot::Shape& shape) {
  const std::scoped_lock lock(mutex_);
  // The last one put there is the one whose pages are still in a cache: it stands in front.
  for (auto each = slots_.begin(); each != slots_.end(); ++each) {
    if (each->shape() != shape) continue;
    std::optional<Slot> taken(std::move(*each));
    slots_.erase(each);
    return taken;
  }
  return std::nullopt;
}

void SlotShelf::put(Slot slot) {
  const std::scoped_lock lock(mutex_);
  if (slots_.size() < most_) slots_.push_front(std::move(slot));
}

void SlotShelf::clear() {
  std::list<Slot> gone;
  const std::scoped_lock lock(mutex_);
  gone.swap(slots_);
}

SlotShelf& SlotShelf::blank() {
  // Never destroyed: instances may end after static destructors have run.
  static SlotShelf* const shelf = new SlotShelf(limits::idle_slots_max);
  return *shelf;
}

}  // namespace ingot::sandbox
