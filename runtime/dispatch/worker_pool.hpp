// SPDX-License-Identifier: Apache-2.0
#pragma once
// A fixed number of threads behind a bounded queue, for work that may block. It never makes the submitter wait: when
// the queue is full the caller is told, and answers 503. Knows nothing of HTTP.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ingot::dispatch {

class WorkerPool final {
 public:
  using Job = std::function<void()>;

  /// Starts `threads` workers; at most `queued_max` jobs wait beside those that run. REQUIRES: threads > 0.
  WorkerPool(std::size_t threads, std::size_t queued_max);
  /// As stop().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `job`, or returns false and forgets it: the queue is full or stop() has begun. Any thread, never blocks.
  /// An exception that leaves a job is swallowed: the job's own reply mechanism has to notice.
  bool try_submit(Job job);

  /// Refuses new jobs, runs those already queued, and returns when all workers are gone. Idempotent, any thread but a
  /// worker's.
  void stop();

  /// Jobs waiting, not counting those that run. Any thread.
  std::size_t queued() const;

 private:
  void work();

  const std::size_t queued_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;  // guarded by mutex_
  std::size_t idle_ = 0;   // guarded by mutex_: workers free to take a job at once
  bool stopping_ = false;  // guarded by mutex_
  std::mutex join_mutex_;  // held while joining, so that two stop() calls do not join the same thread
  std::vector<std::thread> workers_;
};

}  // namespace ingot::dispatch
