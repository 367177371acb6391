// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a session waits for beside its socket: an answer, and the end of its patience. Private to dispatch. Used on one thread.

#include <boost/asio/async_result.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <utility>

#include "dispatch/http_stream.hpp"

namespace ingot::dispatch {

/// One coroutine waits, something else on its thread wakes it.
class Wakeup final {
 public:
  /// Ends at the next wake(). REQUIRES: nobody waits.
  Awaitable<void> wait() {
    using Token = boost::asio::use_awaitable_t<Executor>;
    return boost::asio::async_initiate<const Token, void()>([this](auto handler) { waiter_ = std::make_unique<Waiter<decltype(handler)>>(std::move(handler)); }, token_);
  }
  /// The coroutine goes on inside this call, if there is one. REQUIRES: inside a task of its executor.
  void wake() {
    if (const auto waiter = std::move(waiter_)) waiter->go_on();
  }

 private:
  struct AnyWaiter {
    virtual ~AnyWaiter() = default;
    virtual void go_on() = 0;
  };
  template <typename Handler>
  struct Waiter final : AnyWaiter {
    explicit Waiter(Handler its_handler) : handler(std::move(its_handler)) {}
    void go_on() override { std::move(handler)(); }
    Handler handler;
  };
  static constexpr boost::asio::use_awaitable_t<Executor> token_{};

  std::unique_ptr<AnyWaiter> waiter_;
};

/// A moment until which something should have happened, which most requests move several times and hardly any reaches. So the timer behind it is not moved along: it goes off
/// at the time that it was once set to, and is set again if that was too early.
class Patience final {
 public:
  using Clock = std::chrono::steady_clock;

  /// As Linux keeps it from tick to tick (CLOCK_MONOTONIC_COARSE): up to 10 ms behind, which matters to nobody's patience, and read without asking the processor.
  static Clock::time_point now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return Clock::time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }

  explicit Patience(const Executor& executor) : timer_(executor) {}

  /// From now on. `owner` has a member `out_of_patience()`, which is called when the time has come and nothing has moved it; not after the owner's end.
  template <typename Owner>
  void last_for(Clock::duration time, const std::shared_ptr<Owner>& owner) {
    end_ = now() + time;
    if (end_ < alarm_) set_alarm(owner);
  }
  /// Until the next last_for() there is no end.
  void be_endless() { end_ = Clock::time_point::max(); }

 private:
  template <typename Owner>
  void set_alarm(const std::shared_ptr<Owner>& owner) {
    alarm_ = end_;
    timer_.expires_at(alarm_);
    timer_.async_wait([this, weak = std::weak_ptr<Owner>(owner)](boost::system::error_code error) {
      const auto alive = weak.lock();
      if (error || !alive) return;
      alarm_ = Clock::time_point::max();
      if (end_ <= Clock::now()) {
        end_ = Clock::time_point::max();
        alive->out_of_patience();
      } else if (end_ != Clock::time_point::max()) {
        set_alarm(alive);
      }
    });
  }

  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer_;
  Clock::time_point end_ = Clock::time_point::max();
  Clock::time_point alarm_ = Clock::time_point::max();  ///< when the timer goes off; the end of time: it is not set
};

}  // namespace ingot::dispatch
