// SPDX-License-Identifier: Apache-2.0
#pragma once
// What runs calls one after the other: a thread by itself, or a fiber (fiber.hpp). It can be parked until somebody unparks it, and be asked to stop the call
// that it is inside of, whether it runs or not.

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "ingot/abi.h"

namespace ingot::sandbox {

struct ThreadRecord;

using Clock = std::chrono::steady_clock;

/// How a wait ended.
enum class Woken : std::uint8_t {
  unparked,  ///< somebody did
  timeout,
  stopped,   ///< the call that this strand is inside of was asked to stop: CallScope::requested() says why
};

class Strand {
 public:
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// The one that this thread runs at this moment.
  static Strand& current();

  /// Waits until unpark(), at most until `until` or the deadline of the call scope that this strand is inside of. An unpark() from before counts; so wait
  /// for something in a loop. REQUIRES: this is current().
  virtual Woken park(Clock::time_point until) = 0;
  /// The same for who cannot leave before unpark(), whatever is asked of the call or how late it is: somebody works with what is on this stack. May return early. REQUIRES: this is current().
  virtual void park_regardless() = 0;
  /// Any thread.
  void unpark();

  /// Asks for the end of the call scope that this strand is inside of, unless something asked before. Any thread. REQUIRES: it is inside one, and stays.
  void request(ingot_trap kind);

 protected:
  explicit Strand(ThreadRecord* on) : on_(on) {}
  ~Strand() = default;
  /// Ends a park(). The lock is held.
  virtual void wake() = 0;

  std::mutex mutex_;
  ThreadRecord* on_;                         ///< of the thread that runs it; null while none does. Guarded, as all here, by mutex_
  ingot_trap pending_ = INGOT_TRAP_NONE;     ///< what was asked for while no thread ran it
  bool permit_ = false;                      ///< an unpark() that no park() has seen
  bool parked_ = false;
};

/// A thread without fibers.
class ThreadStrand final : public Strand {
 public:
  explicit ThreadStrand(ThreadRecord& record) : Strand(&record) {}
  Woken park(Clock::time_point until) override;
  void park_regardless() override;

 private:
  void wake() override { signal_.notify_one(); }
  std::condition_variable signal_;
};

}  // namespace ingot::sandbox
