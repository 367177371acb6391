// SPDX-License-Identifier: Apache-2.0
#include "plugins/resting.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace ingot::plugins {

Resting::Resting(std::vector<std::shared_ptr<ServedPlugin>> plugins) : plugins_(std::move(plugins)) {
  for (const auto& plugin : plugins_) {
    const std::chrono::seconds after(plugin->config().rest_after_s);
    if (after.count() == 0) continue;
    const auto half = std::max(after / 2, std::chrono::seconds(1));
    pause_ = pause_.count() == 0 ? half : std::min(pause_, half);
  }
  if (pause_.count() > 0) thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void Resting::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wakes_.wait_for(lock, stop, pause_, [] { return false; });
    for (const auto& plugin : plugins_) {
      if (stop.stop_requested()) return;
      try {
        plugin->rest_idle();
      } catch (const std::bad_alloc&) {  // then it stays awake
      }
    }
  }
}

}  // namespace ingot::plugins
