// SPDX-License-Identifier: Apache-2.0
#include "sandbox/text_ranges.hpp"

#include <atomic>
#include <mutex>

#include "sandbox/sanitizers.hpp"

namespace ingot::sandbox {
namespace {

// A slot is free while end is 0. begin is published before end, and end is cleared first, so that a reader that sees an end
// also sees the begin that belongs to it or one that makes the range empty.
struct Entry {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
};

constexpr int entries_max = 4096;
Entry entries[entries_max];
std::atomic<int> entries_used{0};  // high-water mark
std::mutex writer;

}  // namespace

Result<TextRange> TextRange::add(std::uintptr_t begin, std::uintptr_t end) {
  INGOT_CHECK(begin < end);
  const std::scoped_lock lock(writer);
  const int used = entries_used.load(std::memory_order_relaxed);
  int index = 0;
  while (index < used && entries[index].end.load(std::memory_order_relaxed) != 0) ++index;
  if (index == entries_max) {
    return Error{ErrorCode::limit, "too many modules are loaded at once (4096 code ranges)"};
  }
  Entry& entry = entries[index];
  entry.begin.store(begin, std::memory_order_release);
  entry.end.store(end, std::memory_order_release);
  if (index == used) entries_used.store(used + 1, std::memory_order_release);
  return TextRange(index);
}

TextRange::~TextRange() {
  if (index_ < 0) return;
  const std::scoped_lock lock(writer);
  Entry& entry = entries[index_];
  entry.end.store(0, std::memory_order_release);
  entry.begin.store(UINTPTR_MAX, std::memory_order_release);
}

INGOT_NO_INSTRUMENTATION bool in_guest_text(std::uintptr_t pc) {
  const int used = entries_used.load(std::memory_order_acquire);
  for (int index = 0; index < used; ++index) {
    const Entry& entry = entries[index];
    const std::uintptr_t end = entry.end.load(std::memory_order_acquire);
    if (pc < end && pc >= entry.begin.load(std::memory_order_acquire)) return true;
  }
  return false;
}

}  // namespace ingot::sandbox
