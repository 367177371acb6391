// SPDX-License-Identifier: Apache-2.0
#pragma once
// Instances of plugins that nobody has called for a while are put to rest (host::extism::Plugin::rest), by a thread that sleeps nearly always.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "plugins/served_plugin.hpp"

namespace ingot::plugins {

class Resting final {
 public:
  /// Starts the thread, unless none of the plugins ever rests.
  explicit Resting(std::vector<std::shared_ptr<ServedPlugin>> plugins);
  /// Waits for the thread, which is done within moments.
  ~Resting() = default;
  Resting(const Resting&) = delete;
  Resting& operator=(const Resting&) = delete;

 private:
  void watch(const std::stop_token& stop);

  const std::vector<std::shared_ptr<ServedPlugin>> plugins_;
  std::chrono::seconds pause_{0};  ///< half of the shortest time after which one rests
  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::jthread thread_;  ///< the last member: it uses the others
};

}  // namespace ingot::plugins
