// SPDX-License-Identifier: Apache-2.0
#include "sandbox/watchdog.hpp"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "sandbox/fault_handler.hpp"
#include "sandbox/thread.hpp"

namespace ingot::sandbox {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

// While no thread is armed the watchdog sleeps on the condition variable. Arming stores the deadline first and then looks
// at `parked`; parking sets `parked` first and then looks at the deadlines. With sequential consistency one of the two sees
// the other. A call without a deadline stores that, too, but only a request looks at `parked` for it.
// Never destroyed: the watchdog outlives static destructors.
struct Park {
  std::mutex mutex;
  std::condition_variable signal;
};
Park& park() {
  static Park* const instance = new Park;
  return *instance;
}
std::atomic<bool> parked{false};

struct Sweep {
  std::int64_t now = 0;
  bool any_armed = false;
};

void look_at(ThreadRecord& record, void* context) {
  auto& sweep = *static_cast<Sweep*>(context);
  if (const std::uint64_t slice = record.slice.load(std::memory_order_seq_cst); slice != 0) {
    sweep.any_armed = true;
    // Should that be the end of a later slice, nobody will find the number of this one.
    if (record.slice_end_ns.load(std::memory_order_acquire) <= sweep.now) {
      record.slice_over.store(slice, std::memory_order_relaxed);
      pthread_kill(record.thread, interrupt_signal);
    }
  }
  std::uint64_t state = record.state.load(std::memory_order_acquire);
  const std::int64_t deadline = record.deadline_ns.load(std::memory_order_seq_cst);
  if (deadline == 0) return;
  sweep.any_armed = true;
  if (deadline > sweep.now) {
    // Not late; but a request made by another thread must go on being signalled until the call is over.
    if (ThreadRecord::request_of(state) != INGOT_TRAP_NONE) pthread_kill(record.thread, interrupt_signal);
    return;
  }
  if (ThreadRecord::request_of(state) == INGOT_TRAP_NONE) {
    // The deadline was read after the state: if a new call has begun since, its sequence differs and the swap fails.
    if (!record.state.compare_exchange_strong(state, state | INGOT_TRAP_DEADLINE, std::memory_order_acq_rel)) return;
  }
  pthread_kill(record.thread, interrupt_signal);
}

[[noreturn]] void watch() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "ingot-watchdog");
  // Whoever arms a parked watchdog pays for waking it, so it does not park between two calls of a busy thread.
  constexpr int idle_ticks_max = 5;
  for (int idle_ticks = 0;;) {
    Sweep sweep{now_ns(), false};
    for_each_thread(look_at, &sweep);
    idle_ticks = sweep.any_armed ? 0 : idle_ticks + 1;
    if (idle_ticks <= idle_ticks_max) {
      std::this_thread::sleep_for(watchdog_tick);
      continue;
    }
    std::unique_lock lock(park().mutex);
    parked.store(true, std::memory_order_seq_cst);
    Sweep again{now_ns(), false};
    for_each_thread(look_at, &again);
    if (!again.any_armed) park().signal.wait(lock, [] { return !parked.load(std::memory_order_seq_cst); });
    parked.store(false, std::memory_order_seq_cst);
  }
}

void wake_watchdog() {
  const std::scoped_lock lock(park().mutex);
  parked.store(false, std::memory_order_seq_cst);
  park().signal.notify_one();
}

}  // namespace

void arm_watchdog() {
  if (parked.load(std::memory_order_seq_cst)) wake_watchdog();
}

Result<void> start_watchdog() {
  static std::once_flag once;
  static bool started = false;
  try {
    std::call_once(once, [] {
      std::thread(watch).detach();
      started = true;
    });
  } catch (const std::system_error& error) {
    return Error{ErrorCode::internal, std::string("cannot start the watchdog thread: ") + error.what()};
  }
  INGOT_CHECK(started);
  return {};
}

CallScope::CallScope(Clock::time_point deadline, CancelToken* cancel) : cancel_(cancel) {
  ThreadRecord& record = this_thread();
  if (record.call.depth++ == 0) {
    active_serial = record.serial;
    record.call.modes.note();
    record.begin_sequence(INGOT_TRAP_NONE);
    const std::int64_t at = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    record.deadline_ns.store(at == 0 ? 1 : at, std::memory_order_seq_cst);
    // Who has all the time in the world is looked after from the moment when somebody asks for its end (Strand::request()): waking a thread costs a short call more than its work.
    if (deadline != Clock::time_point::max()) arm_watchdog();
  }
  if (cancel_ == nullptr) return;
  try {
    cancel_->join(*record.strand);
  } catch (...) {
    end(record);
    throw;
  }
}

CallScope::~CallScope() {
  ThreadRecord& record = this_thread();
  if (cancel_ != nullptr) cancel_->leave(*record.strand);
  end(record);
}

void CallScope::end(ThreadRecord& record) {
  if (--record.call.depth > 0) return;
  active_serial = 0;
  record.deadline_ns.store(0, std::memory_order_release);
  record.begin_sequence(INGOT_TRAP_NONE);
}

ingot_trap CallScope::requested() {
  ThreadRecord* record = this_thread_if_any();
  return record == nullptr ? INGOT_TRAP_NONE : record->requested();
}

}  // namespace ingot::sandbox
