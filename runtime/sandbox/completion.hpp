// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waiting for work that another thread does with what is on this strand's stack: there is no leaving before it is over.

#include <mutex>

#include "sandbox/strand.hpp"

namespace ingot::sandbox {

/// Made by the strand that waits.
class Completion final {
 public:
  Completion() : strand_(Strand::current()) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  /// The work is over. Once, any thread; touches nothing of this once wait() has returned.
  void complete() {
    const std::scoped_lock lock(mutex_);
    done_ = true;
    strand_.unpark();
  }
  /// What is asked of the call meanwhile is acted upon afterwards, by whoever looks next.
  void wait() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      lock.unlock();
      strand_.park_regardless();
      lock.lock();
    }
  }

 private:
  Strand& strand_;
  std::mutex mutex_;
  bool done_ = false;
};

}  // namespace ingot::sandbox
