// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deadlines. A CallScope arms this thread's deadline for the length of one outermost call; one watchdog thread looks at the
// armed threads every millisecond while there are any, and sends the interrupt signal to those that are late, again and
// again until the call is over. Guest code carries no instrumentation for this.

#include <chrono>
#include <cstdint>

#include "base/result.hpp"
#include "ingot/abi.h"
#include "sandbox/cancel.hpp"
#include "sandbox/thread.hpp"

namespace ingot::sandbox {

/// How often the watchdog looks while a deadline is armed.
inline constexpr std::chrono::microseconds watchdog_tick{1000};

/// Starts the watchdog thread once per process. Errors: internal.
Result<void> start_watchdog();

/// What was just stored in a thread's record, its deadline or the end of its slice, is looked at from now on.
void arm_watchdog();

/// Arms a deadline for everything this strand runs until it goes out of scope. Scopes nest: an inner one keeps the outer's
/// deadline and request (a call into another module never gets more time than its caller has).
class CallScope final {
 public:
  /// May throw bad_alloc if there is a token; then nothing has begun. `cancel` may be null; it is heard by inner scopes too, and then stops the outermost one.
  explicit CallScope(Clock::time_point deadline, CancelToken* cancel = nullptr);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  /// What was asked of this strand: INGOT_TRAP_DEADLINE, INGOT_TRAP_CANCELLED, or none.
  static ingot_trap requested();
  /// Is this strand inside a scope?
  static bool inside() {
    const ThreadRecord* record = this_thread_if_any();
    return record != nullptr && record->call.depth > 0;
  }

 private:
  static void end(ThreadRecord& record);
  CancelToken* cancel_;
};

}  // namespace ingot::sandbox
