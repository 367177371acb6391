// SPDX-License-Identifier: Apache-2.0
#pragma once
// A strand that shares its thread with others. It has a stack of its own; guests that it calls have theirs. Where it waits, the thread leaves its stack and runs
// another fiber; all that belongs to the calls it is inside of goes with it.
//
//     spawn()           the loop takes it
//     ------> ready ------------------------> running ---body returns---> gone
//              ^ ^    its slice is over, yield() | |
//              | +-----------------------------+ |
//              |                                 | park()
//              +--------- parked <---------------+
//        unpark(), a time that came, a request to stop
//
// It is never destroyed while it is anywhere but at its end: frames of guests stand on its guests' stacks, and nobody can unwind through them. What should
// end is resumed, and told.

#include <cstdint>
#include <functional>
#include <map>

#include "sandbox/activation.hpp"
#include "sandbox/guest_stack.hpp"
#include "sandbox/sanitizers.hpp"
#include "sandbox/strand.hpp"
#include "sandbox/thread.hpp"

namespace ingot::sandbox {

class FiberLoop;

/// Where a stack was left.
struct SwitchPoint {
  void* rsp = nullptr;
  StackOwner owner;

  /// Leaves the present stack here, for good or until somebody goes to this point, and goes on where `to` was left.
  void go_to(SwitchPoint& to, bool for_good = false);
};

/// What C++ keeps for each thread of exceptions that are being thrown and handled (Itanium C++ ABI, exception handling, 2.2.2): a fiber may wait inside a catch.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

/// Belongs to its loop, which frees it.
class Fiber final : public Strand {
 public:
  Fiber(FiberLoop& loop, GuestStack stack, std::function<void()> body);

  Woken park(Clock::time_point until) override;
  void park_regardless() override;
  /// Others that are ready run first. REQUIRES: this is current().
  void yield();
  /// On the fiber's stack: its body, then away for good.
  [[noreturn]] void run();

 private:
  friend class FiberLoop;
  friend class FiberQueue;
  using Timers = std::multimap<Clock::time_point, Fiber*>;

  void wake() override;
  /// Its thread is about to run it.
  void take_over(ThreadRecord& record);
  /// Its thread has just left it. Has it something to do at once?
  bool hand_back(ThreadRecord& record);

  FiberLoop& loop_;
  GuestStack stack_;
  SwitchPoint point_;
  std::function<void()> body_;
  Fiber* next_ = nullptr;  ///< in a FiberQueue

  // What is in the thread's record and variables while it runs.
  CallState call_;
  std::int64_t deadline_ns_ = 0;
  Activation* activation_ = nullptr;
  ExceptionState exceptions_;

  // Of its loop's thread only.
  Timers::iterator timer_;
  bool has_timer_ = false;
  bool parks_ = false;  ///< it left in order to be parked
  bool parks_regardless_ = false;  ///< and a request to stop does not bring it back
  bool ended_ = false;
};

/// First in, first out; needs no memory.
class FiberQueue final {
 public:
  bool empty() const { return first_ == nullptr; }
  void push(Fiber& fiber) {
    fiber.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &fiber;
    last_ = &fiber;
  }
  /// REQUIRES: not empty.
  Fiber& pop() {
    Fiber& fiber = *first_;
    first_ = fiber.next_;
    if (first_ == nullptr) last_ = nullptr;
    return fiber;
  }
  /// All of `other` behind what is here.
  void append(FiberQueue& other) {
    if (other.empty()) return;
    (last_ != nullptr ? last_->next_ : first_) = other.first_;
    last_ = other.last_;
    other.first_ = other.last_ = nullptr;
  }

 private:
  Fiber* first_ = nullptr;
  Fiber* last_ = nullptr;
};

}  // namespace ingot::sandbox
