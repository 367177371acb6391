// SPDX-License-Identifier: Apache-2.0
#pragma once
// SIGINT and SIGTERM become a flag that long verbs look at, so that an interrupted one removes what it has begun; a second one ends the process at once. A file that would
// become too large (ulimit -f) is an error of write() and no signal. Process-wide.

#include <atomic>
#include <functional>
#include <thread>

namespace ingot::cli {

/// From now on.
void catch_interrupts();
/// True once somebody asked us to stop.
bool interrupted();

/// The same for a verb that runs a guest: SIGINT, SIGTERM and SIGHUP are waited for by a thread, which may do what a signal handler may not. Writing to a pipe that nobody
/// reads is an error of write(), too. Made before any other thread; one at a time.
class InterruptWatch final {
 public:
  /// `on_first` is called once, by that thread, when the first one comes; a second one ends the process.
  explicit InterruptWatch(std::function<void()> on_first);
  /// The thread ends; signals stay blocked.
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// The number of the first, 0 for none.
  int received() const { return received_; }

 private:
  void watch();
  std::function<void()> on_first_;
  std::atomic<int> received_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace ingot::cli
