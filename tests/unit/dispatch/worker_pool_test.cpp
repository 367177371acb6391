// SPDX-License-Identifier: Apache-2.0
#include "dispatch/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

namespace ingot::dispatch {
namespace {

TEST(WorkerPool, Runs_every_accepted_job_once) {
  std::atomic<int> ran = 0;
  std::atomic<int> accepted = 0;
  {
    WorkerPool pool(4, 1000);
    std::vector<std::thread> submitters;
    for (int t = 0; t < 4; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) accepted += pool.try_submit([&ran] { ++ran; });
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(ran, 0);
}

TEST(WorkerPool, Refuses_when_workers_and_queue_are_full) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> ran = 0;
  WorkerPool pool(2, 3);
  const auto job = [open, &ran] {
    open.wait();
    ++ran;
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.try_submit(job)) << i;  // 2 run, 3 wait
  EXPECT_FALSE(pool.try_submit(job));
  EXPECT_EQ(pool.queued(), 3u);
  gate.set_value();
  pool.stop();
  EXPECT_EQ(ran, 5);
}

TEST(WorkerPool, Without_a_queue_takes_as_many_jobs_as_it_has_threads) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  WorkerPool pool(1, 0);
  EXPECT_TRUE(pool.try_submit([open] { open.wait(); }));
  EXPECT_FALSE(pool.try_submit([] {}));
  gate.set_value();
}

TEST(WorkerPool, Finishes_what_is_queued_and_refuses_new_jobs_on_stop) {
  std::atomic<int> ran = 0;
  WorkerPool pool(1, 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.try_submit([&ran] { ++ran; }));
  pool.stop();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(pool.try_submit([] {}));
  pool.stop();
}

TEST(WorkerPool, Survives_a_job_that_throws_and_lets_go_of_it) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = owned;
  std::atomic<bool> next_ran = false;
  WorkerPool pool(1, 10);
  ASSERT_TRUE(pool.try_submit([owned = std::move(owned)] { throw std::runtime_error("job"); }));
  ASSERT_TRUE(pool.try_submit([&next_ran] { next_ran = true; }));
  pool.stop();
  EXPECT_TRUE(next_ran);
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace ingot::dispatch
