// SPDX-License-Identifier: Apache-2.0
#pragma once
// A condition variable for strands: a fiber that waits leaves its thread to others. First come, first served.

#include <list>
#include <mutex>

#include "sandbox/strand.hpp"

namespace ingot::sandbox {

/// Guarded by a mutex of its owner's, which is held for every call. Outlives those that wait.
class WaitQueue final {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  /// Lets go of `lock` while it waits. `unparked` is for a notify that was meant for this one: never spurious. May throw bad_alloc.
  Woken wait(std::unique_lock<std::mutex>& lock, Clock::time_point until) {
    waiting_.push_back({&Strand::current(), false});
    const auto self = std::prev(waiting_.end());
    for (;;) {
      lock.unlock();
      const Woken woken = self->strand->park(until);
      lock.lock();
      if (!self->notified && woken == Woken::unparked) continue;  // of something before
      const bool notified = self->notified;
      (notified ? notified_ : waiting_).erase(self);
      return notified ? Woken::unparked : woken;
    }
  }
  void notify_one() {
    if (waiting_.empty()) return;
    waiting_.front().notified = true;
    waiting_.front().strand->unpark();
    notified_.splice(notified_.end(), waiting_, waiting_.begin());
  }
  void notify_all() {
    while (!waiting_.empty()) notify_one();
  }

 private:
  struct Waiter {
    Strand* strand;
    bool notified;
  };
  std::list<Waiter> waiting_, notified_;
};

}  // namespace ingot::sandbox
