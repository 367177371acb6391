// SPDX-License-Identifier: Apache-2.0
#pragma once
// Guests run as fibers, many on one thread; a database's library may hold up the thread that calls it. So what may block is done by another thread while the fiber waits,
// and what that thread would have to wait for first is waited for by the fiber itself.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "sandbox/wait_queue.hpp"

namespace ingot::host::eerp {

/// Does what may block. Thread-safe.
class Blocking {
 public:
  virtual ~Blocking() = default;
  /// Returns when the work is done, whatever is asked of the call meanwhile; throws what it throws.
  template <typename Work>
  void run(Work&& work) {
    run_erased([](void* it) { (*static_cast<std::remove_reference_t<Work>*>(it))(); }, &work);
  }
  /// Waits, without holding up the thread, until there is something to read from a socket, or its other side is gone (true). False: it is `until`, the call was asked to stop,
  /// or there is no waiting for sockets here; then run() the rest. REQUIRES: nobody else waits for that socket, and it stays open meanwhile.
  virtual bool wait_readable(int socket, std::chrono::steady_clock::time_point until) = 0;
  /// Is there waiting for sockets here?
  virtual bool waits_for_sockets() const = 0;

 protected:
  virtual void run_erased(void (*work)(void*), void* argument) = 0;
};

/// Does it where it is asked to: for threads of their own.
class BlockingHere final : public Blocking {
 public:
  bool wait_readable(int /*socket*/, std::chrono::steady_clock::time_point /*until*/) override { return false; }
  bool waits_for_sockets() const override { return false; }

 protected:
  void run_erased(void (*work)(void*), void* argument) override { work(argument); }
};

/// As many pass as there are connections, so that no thread of Blocking's ever waits for one: those who hold them need these threads to go on.
class ConnectionGate final {
 public:
  explicit ConnectionGate(std::size_t connections) : free_(connections) {}
  ConnectionGate(const ConnectionGate&) = delete;
  ConnectionGate& operator=(const ConnectionGate&) = delete;

  /// Leaves again at its end.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    friend class ConnectionGate;
    explicit Pass(ConnectionGate* gate) : gate_(gate) {}
    ConnectionGate* gate_;
  };

  /// Errors: unavailable: all connections were in use until then, or the call should stop.
  Result<Pass> enter(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    while (free_ == 0) {
      if (freed_.wait(lock, deadline) != sandbox::Woken::unparked && free_ == 0) return Error{ErrorCode::unavailable, "all connections to the database are in use"};
    }
    --free_;
    return Pass(this);
  }

 private:
  void leave() {
    const std::scoped_lock lock(mutex_);
    ++free_;
    freed_.notify_one();
  }

  std::mutex mutex_;
  sandbox::WaitQueue freed_;
  std::size_t free_;
};

}  // namespace ingot::host::eerp
