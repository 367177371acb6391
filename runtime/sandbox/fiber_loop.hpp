// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs fibers on one thread. A fiber that waits for something (wait_queue.hpp, event.hpp) costs its stacks and no thread; one whose guest computes for longer
// than a slice is preempted, so that it holds up the others no longer than that. Between host functions nothing is preempted: a host function that computes
// for long gives way by yield_if_due().

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "limits.hpp"
#include "sandbox/fiber.hpp"

namespace ingot::sandbox {

class FiberLoop final {
 public:
  /// What else its thread has to do: sockets, for instance. Everything but wake() is called on that thread, between fibers.
  class Neighbour {
   public:
    virtual ~Neighbour() = default;
    /// Does what is due, without waiting.
    virtual void poll() = 0;
    /// Waits until something is due, or wake(), at most until `until`; does what is due.
    virtual void wait(Clock::time_point until) = 0;
    /// Ends a wait(), also one that is about to begin. Any thread.
    virtual void wake() noexcept = 0;
    /// There will never be anything to do again.
    virtual bool done() const = 0;
  };

  struct Options {
    std::uint64_t stack_bytes = limits::fiber_stack_bytes;      ///< of each fiber's own stack; a multiple of the system's page
    std::chrono::nanoseconds slice{limits::fiber_slice_ns};
    std::size_t fibers_max = limits::fibers_max_default;        ///< at once
  };

  /// Starts the watchdog. Errors: internal.
  static Result<std::unique_ptr<FiberLoop>> create(const Options& options);
  /// REQUIRES: no fiber is left.
  ~FiberLoop();
  FiberLoop(const FiberLoop&) = delete;
  FiberLoop& operator=(const FiberLoop&) = delete;

  /// `body` runs on the loop's thread, after those that are ready now. It must not throw. Any thread, before run() too. Errors: unavailable (fibers_max);
  /// limit (no address space left). May throw bad_alloc; then nothing has begun.
  Result<void> spawn(std::function<void()> body);
  /// Runs fibers until stop() was called and all have ended. REQUIRES: this thread is inside no call scope, no guest and no fiber; nobody else runs this loop.
  void run() { run_beside(nullptr); }
  /// The same until the neighbour is done and all fibers have ended; nobody stops it. Ready fibers hold the neighbour up for no longer than a slice or so.
  void run(Neighbour& neighbour) { run_beside(&neighbour); }
  /// Any thread; also before run().
  void stop();
  /// How many have not ended.
  std::size_t fibers() const;

  /// Is this a fiber?
  static bool inside() {
    const ThreadRecord* record = this_thread_if_any();
    return record != nullptr && record->fiber_stack_begin != 0;
  }
  /// In a fiber: others that are ready run first. Elsewhere nothing.
  static void yield();
  /// The same if this fiber's slice is over.
  static void yield_if_due() {
    const ThreadRecord* record = this_thread_if_any();
    if (record != nullptr && record->slice_is_over()) [[unlikely]] yield();
  }

 private:
  friend class Fiber;
  explicit FiberLoop(const Options& options);
  void run_beside(Neighbour* neighbour);
  /// Waits for a fiber to become ready, or for something to do next door. The lock is held, and let go of meanwhile.
  void sleep(std::unique_lock<std::mutex>& lock);
  /// It is ready. Any thread.
  void push(Fiber& fiber);
  /// Whatever is ready by now, also by time, is in ready_. False: nothing is left to be done, ever.
  bool gather();
  void expire(Clock::time_point now);
  void resume(ThreadRecord& record, Fiber& fiber);
  void bury(Fiber& fiber);

  const Options options_;

  // The loop's thread only.
  SwitchPoint point_;
  Neighbour* neighbour_ = nullptr;
  Clock::time_point polled_;
  FiberQueue ready_;
  Fiber::Timers timers_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  FiberQueue inbox_;                  // guarded by mutex_
  std::size_t alive_ = 0;             // guarded by mutex_
  std::vector<GuestStack> stacks_;    // guarded by mutex_: of fibers that have ended
  bool asleep_ = false;               // guarded by mutex_
  std::thread::id thread_;            // guarded by mutex_: who runs it
  bool stopping_ = false;             // guarded by mutex_
};

}  // namespace ingot::sandbox
