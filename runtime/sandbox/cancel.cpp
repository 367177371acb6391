// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cancel.hpp"

#include <signal.h>

#include <algorithm>

#include "base/check.hpp"
#include "sandbox/fault_handler.hpp"

namespace ingot::sandbox {

// While a record is joined, its thread is inside the scope: the sequence does not change and the thread does not end, since leave() waits for the mutex.
void CancelToken::request(ThreadRecord& record) {
  std::uint64_t state = record.state.load(std::memory_order_acquire);
  while (ThreadRecord::request_of(state) == INGOT_TRAP_NONE &&
         !record.state.compare_exchange_weak(state, state | INGOT_TRAP_CANCELLED, std::memory_order_acq_rel)) {
  }
}

void CancelToken::cancel() {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  for (ThreadRecord* record : joined_) {
    request(*record);
    // The watchdog repeats it until the call is over, should the guest be in a host function, or about to be entered.
    pthread_kill(record->thread, interrupt_signal);
  }
}

bool CancelToken::cancelled() const {
  const std::scoped_lock lock(mutex_);
  return cancelled_;
}

void CancelToken::join(ThreadRecord& record) {
  const std::scoped_lock lock(mutex_);
  joined_.push_back(&record);
  if (cancelled_) request(record);
}

void CancelToken::leave(ThreadRecord& record) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(joined_, &record);
  INGOT_CHECK(found != joined_.end());
  joined_.erase(found);
}

}  // namespace ingot::sandbox
