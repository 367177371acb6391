// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every instance of a module changes when it comes and when it goes: how many refer to the module, and how many there are. One number that all threads write to costs
// each of them a journey of its cache line between cores, 20 to 200 ns on the processors measured, and an instance takes little more than a microsecond as a
// whole: so each number is spread over lines that a thread mostly has for itself.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sandbox/thread.hpp"

namespace ingot::embed {

/// The parts of a number. Threads share one when there are more of them than parts.
template <typename Part>
class Spread final {
 public:
  Part& mine() {
    const sandbox::ThreadRecord* const thread = sandbox::this_thread_if_any();
    return lines_[(thread != nullptr ? thread->serial : 0) % lines_.size()].part;
  }
  template <typename Visit>
  void each(Visit visit) {
    for (Line& line : lines_) visit(line.part);
  }
  template <typename Visit>
  void each(Visit visit) const {
    for (const Line& line : lines_) visit(line.part);
  }

 private:
  struct alignas(64) Line {
    Part part;
  };
  std::array<Line, 8> lines_;
};

/// How many there are of something. Thread-safe.
class Tally final {
 public:
  void add(std::int64_t more) { parts_.mine().fetch_add(more, std::memory_order_relaxed); }
  /// Exact once nothing adds any more; before that, of some moment of each part.
  std::uint64_t total() const {
    std::int64_t sum = 0;
    parts_.each([&](const std::atomic<std::int64_t>& part) { sum += part.load(std::memory_order_relaxed); });
    return sum > 0 ? static_cast<std::uint64_t>(sum) : 0;
  }

 private:
  Spread<std::atomic<std::int64_t>> parts_;
};

/// Lives until its owner has disowned it and the last Ref is gone. Thread-safe, but for disown(), which is called once.
///
/// As long as the owner has it, nobody else's end can be the last one, and the references are counted in parts, each of which may be below zero. disown() closes the parts one by
/// one and adds up what they held; whoever finds a part closed counts in the sum instead, which cannot reach zero before all are closed.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  /// REQUIRES: the caller has a reference, or the owner has not disowned it.
  void retain() {
    if ((parts_.mine().value.fetch_add(1, std::memory_order_relaxed) & closed) != 0) sum_.fetch_add(1, std::memory_order_relaxed);
  }
  /// True when that was the last one: the caller deletes it.
  [[nodiscard]] bool release() {
    if ((parts_.mine().value.fetch_sub(1, std::memory_order_acq_rel) & closed) == 0) return false;
    return sum_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  /// The owner's own reference ends. True when that was the last one: the caller deletes it.
  [[nodiscard]] bool disown() {
    std::uint64_t held = 0;
    parts_.each([&](Part& part) { held += part.value.exchange(closed | none, std::memory_order_acq_rel) - none; });
    const std::uint64_t difference = held - open;
    return sum_.fetch_add(difference, std::memory_order_acq_rel) + difference == 0;
  }

 private:
  // Far from each other and from the ends: no process has 2^40 references.
  static constexpr std::uint64_t closed = std::uint64_t{1} << 62, none = std::uint64_t{1} << 40, open = std::uint64_t{1} << 40;
  struct Part {
    std::atomic<std::uint64_t> value{none};
  };
  Spread<Part> parts_;
  std::atomic<std::uint64_t> sum_{open};
};

/// One reference to a Counted object.
template <typename Object>
class Ref final {
 public:
  explicit Ref(Object* object) : object_(object) { object_->retain(); }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(const Ref&) = delete;
  ~Ref() {
    if (object_ != nullptr && object_->release()) delete object_;
  }
  Object* operator->() const { return object_; }
  Object& operator*() const { return *object_; }
  Object* get() const { return object_; }

 private:
  Object* object_;
};

/// The owner's pointer to a Counted object: disowns it at the end.
template <typename Object>
struct Disown {
  void operator()(Object* object) const {
    if (object->disown()) delete object;
  }
};

}  // namespace ingot::embed
