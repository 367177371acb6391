// SPDX-License-Identifier: Apache-2.0
#include "sandbox/strand.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "sandbox/fault_handler.hpp"
#include "sandbox/thread.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::sandbox {

Strand& Strand::current() { return *this_thread().strand; }

void Strand::unpark() {
  const std::scoped_lock lock(mutex_);
  permit_ = true;
  if (parked_) wake();
}

void Strand::request(ingot_trap kind) {
  {
    const std::scoped_lock lock(mutex_);
    if (on_ != nullptr) {
      on_->request(kind);
      pthread_kill(on_->thread, interrupt_signal);
    } else if (pending_ == INGOT_TRAP_NONE) {
      pending_ = kind;
    }
    if (parked_) wake();
  }
  // The watchdog repeats it until the call is over, should the guest be in a host function, or about to be entered.
  arm_watchdog();
}

Woken ThreadStrand::park(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  ThreadRecord& record = *on_;
  const Clock::time_point deadline = record.deadline();
  parked_ = true;
  signal_.wait_until(lock, std::min(until, deadline), [&] { return permit_ || record.requested() != INGOT_TRAP_NONE; });
  parked_ = false;
  if (std::exchange(permit_, false)) return Woken::unparked;
  if (record.requested() == INGOT_TRAP_NONE && Clock::now() >= deadline) record.request(INGOT_TRAP_DEADLINE);
  return record.requested() != INGOT_TRAP_NONE ? Woken::stopped : Woken::timeout;
}

void ThreadStrand::park_regardless() {
  std::unique_lock lock(mutex_);
  parked_ = true;
  signal_.wait(lock, [&] { return permit_; });
  parked_ = false;
  permit_ = false;
}

}  // namespace ingot::sandbox
