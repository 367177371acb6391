// SPDX-License-Identifier: Apache-2.0
#include "dispatch/worker_pool.hpp"

#include <utility>

#include "base/check.hpp"

namespace ingot::dispatch {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queued_max) : queued_max_(queued_max), idle_(threads) {
  INGOT_CHECK(threads > 0);
  workers_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    // A job for which a worker stands free does not count as waiting, so queued_max 0 still lets `threads` jobs run.
    if (stopping_ || queue_.size() >= queued_max_ + idle_) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  const std::lock_guard join_lock(join_mutex_);
  for (std::thread& worker : workers_) {
    INGOT_CHECK(worker.get_id() != std::this_thread::get_id());
    worker.join();
  }
  workers_.clear();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() > idle_ ? queue_.size() - idle_ : 0;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    --idle_;
    lock.unlock();
    try {
      job();
    } catch (...) {  // NOLINT(bugprone-empty-catch): the promise of the header: a job cannot take its worker down
    }
    job = nullptr;  // what the job owns dies outside the lock
    lock.lock();
    ++idle_;
  }
}

}  // namespace ingot::dispatch
