// SPDX-License-Identifier: Apache-2.0
// Fibers beside something else on their thread, and fibers that wait for another thread's work.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "sandbox/completion.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::sandbox {
namespace {

using namespace std::chrono_literals;

/// Jobs, as sockets would bring them.
class Jobs final : public FiberLoop::Neighbour {
 public:
  void add(std::function<void()> job) {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
    wake_.notify_one();
  }
  void close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    wake_.notify_one();
  }

  void poll() override {
    ++polls;
    work();
  }
  void wait(Clock::time_point until) override {
    {
      std::unique_lock lock(mutex_);
      const auto due = [&] { return !jobs_.empty() || closed_ || woken_; };
      if (until == Clock::time_point::max()) wake_.wait(lock, due);
      else wake_.wait_until(lock, until, due);
      woken_ = false;
    }
    work();
  }
  void wake() noexcept override {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    wake_.notify_one();
  }
  bool done() const override {
    const std::scoped_lock lock(mutex_);
    return closed_ && jobs_.empty();
  }

  std::atomic<int> polls = 0;

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!jobs_.empty()) {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool closed_ = false, woken_ = false;
};

std::unique_ptr<FiberLoop> make_loop() {
  auto loop = FiberLoop::create({});
  EXPECT_TRUE(loop.ok());
  return std::move(loop).value();
}

/// A few threads that do what they are given.
class Helpers {
 public:
  explicit Helpers(int count) {
    for (int at = 0; at < count; ++at) threads_.emplace_back([this] { work(); });
  }
  ~Helpers() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void give(std::function<void()> job) {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
    wake_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return over_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

TEST(Neighbour, Its_jobs_become_fibers_and_the_loop_ends_with_the_last) {
  const auto loop = make_loop();
  Jobs jobs;
  int ended = 0;
  std::thread giver([&] {
    for (int at = 0; at < 200; ++at) {
      jobs.add([&] {
        ASSERT_TRUE(loop->spawn([&] {
          ASSERT_TRUE(FiberLoop::inside());
          Strand::current().park(Clock::now() + 1ms);
          ++ended;  // all on one thread
        }).ok());
      });
      if (at % 50 == 0) std::this_thread::sleep_for(2ms);
    }
    jobs.close();
  });
  loop->run(jobs);
  giver.join();
  EXPECT_EQ(ended, 200);
  EXPECT_EQ(loop->fibers(), 0U);
}

TEST(Neighbour, Fibers_that_are_always_ready_do_not_shut_it_out) {
  const auto loop = make_loop();
  Jobs jobs;
  std::atomic<bool> heard = false;
  ASSERT_TRUE(loop->spawn([&] {
    while (!heard) FiberLoop::yield();
  }).ok());
  std::thread giver([&] {
    std::this_thread::sleep_for(5ms);
    jobs.add([&] { heard = true; });
    jobs.close();
  });
  loop->run(jobs);
  giver.join();
  EXPECT_GT(jobs.polls, 0);
}

TEST(Neighbour, A_fiber_of_another_thread_ends_its_wait) {
  const auto loop = make_loop();
  Jobs jobs;
  std::thread giver([&] {
    std::this_thread::sleep_for(5ms);  // it sleeps by now
    ASSERT_TRUE(loop->spawn([&] { jobs.close(); }).ok());
  });
  loop->run(jobs);
  giver.join();
}

TEST(Completion, A_fiber_waits_for_anothers_work_whatever_is_asked_of_it) {
  ASSERT_TRUE(start_watchdog().ok());
  const auto loop = make_loop();
  Jobs jobs;
  jobs.close();
  Helpers helpers(3);
  constexpr int fibers = 300, rounds = 5;
  int done = 0, late = 0;
  for (int at = 0; at < fibers; ++at) {
    ASSERT_TRUE(loop->spawn([&, at] {
      // A third of them is out of time before the work is over, a third has been from the start.
      const auto patience = at % 3 == 0 ? 10s : at % 3 == 1 ? 1ms : 0ms;
      const CallScope scope(Clock::now() + patience);
      for (int round = 0; round < rounds; ++round) {
        int answer = 0;  // on this fiber's stack: it must still stand when it is written to
        Completion completion;
        helpers.give([&answer, &completion, at] {
          if (at % 10 == 0) std::this_thread::sleep_for(2ms);
          answer = at + 1;
          completion.complete();
        });
        completion.wait();
        EXPECT_EQ(answer, at + 1);
        ++done;
      }
      if (at % 3 == 0) {
        EXPECT_EQ(CallScope::requested(), INGOT_TRAP_NONE);
      } else {
        Woken woken = Woken::unparked;  // by what came before
        while (woken == Woken::unparked) woken = Strand::current().park(Clock::now() + 1s);
        if (woken == Woken::stopped && CallScope::requested() == INGOT_TRAP_DEADLINE) ++late;
      }
    }).ok());
  }
  loop->run(jobs);
  EXPECT_EQ(done, fibers * rounds);
  EXPECT_EQ(late, fibers / 3 * 2);
}

TEST(Completion, A_thread_waits_as_well) {
  Helpers helpers(1);
  for (int round = 0; round < 100; ++round) {
    int answer = 0;
    Completion completion;
    helpers.give([&] {
      answer = round;
      completion.complete();
    });
    completion.wait();
    EXPECT_EQ(answer, round);
  }
}

}  // namespace
}  // namespace ingot::sandbox
