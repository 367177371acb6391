// SPDX-License-Identifier: Apache-2.0
#pragma once
// Something that happens once: an answer came, a timer ran out.

#include <mutex>

#include "sandbox/wait_queue.hpp"

namespace ingot::sandbox {

/// Thread-safe. Outlives those that wait for it; may be destroyed by one whose wait() has returned.
class Event final {
 public:
  /// From now on it has happened.
  void set() {
    const std::scoped_lock lock(mutex_);
    happened_ = true;
    waiting_.notify_all();
  }
  /// As if it had not happened.
  void reset() {
    const std::scoped_lock lock(mutex_);
    happened_ = false;
  }
  /// `unparked`: it has happened. May throw bad_alloc.
  Woken wait(Clock::time_point until) {
    std::unique_lock lock(mutex_);
    return happened_ ? Woken::unparked : waiting_.wait(lock, until);
  }

 private:
  std::mutex mutex_;
  WaitQueue waiting_;
  bool happened_ = false;
};

}  // namespace ingot::sandbox
