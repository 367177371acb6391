// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stopping calls from another thread. A token is given to call scopes (watchdog.hpp); once it is cancelled, every scope that has it is asked to stop, and
// every later one begins with that request. So a request that comes a moment before its call is not lost, and one that comes a moment after hits nobody.

#include <mutex>
#include <vector>

#include "sandbox/thread.hpp"

namespace ingot::sandbox {

/// Thread-safe; not for signal handlers. Outlives the scopes that have it.
class CancelToken final {
 public:
  CancelToken() = default;
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  /// For good. Returns before the calls have ended: a guest is left at its next instruction, a host function at its return. The request is of the whole
  /// outermost scope of a thread, inner ones included.
  void cancel();
  bool cancelled() const;

 private:
  friend class CallScope;
  /// This thread's outermost scope has this token from now on. REQUIRES: armed, on the scope's own thread.
  void join(ThreadRecord& record);
  /// Undoes one join(). Afterwards cancel() does not touch the record.
  void leave(ThreadRecord& record);
  static void request(ThreadRecord& record);

  mutable std::mutex mutex_;
  std::vector<ThreadRecord*> joined_;
  bool cancelled_ = false;
};

}  // namespace ingot::sandbox
