// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stopping calls from another thread. A token is given to call scopes (watchdog.hpp); once it is cancelled, every scope that has it is asked to stop, and
// every later one begins with that request. So a request that comes a moment before its call is not lost, and one that comes a moment after hits nobody.

#include <mutex>
#include <vector>

#include "sandbox/strand.hpp"

namespace ingot::sandbox {

/// Thread-safe; not for signal handlers. Outlives the scopes that have it.
class CancelToken final {
 public:
  CancelToken() = default;
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  /// For good. Returns before the calls have ended: a guest is left at its next instruction, a host function at its return or its next wait. The request is
  /// of the whole outermost scope of a strand, inner ones included.
  void cancel();
  /// The same for the scopes that have it now, and none that comes later. False: there is none.
  bool cancel_current();
  bool cancelled() const;

 private:
  friend class CallScope;
  /// The strand's outermost scope has this token from now on. REQUIRES: armed; it is the current strand.
  void join(Strand& strand);
  /// Undoes one join(). Afterwards cancel() does not touch the strand.
  void leave(Strand& strand);

  mutable std::mutex mutex_;
  std::vector<Strand*> joined_;
  bool cancelled_ = false;
};

}  // namespace ingot::sandbox
