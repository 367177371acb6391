// SPDX-License-Identifier: Apache-2.0
#include "observe/request_metrics.hpp"

#include <algorithm>

namespace ingot::observe {

RequestMetrics::RequestMetrics(const std::vector<std::string>& modules, const RequestMetrics* before)
    : in_flight_(before != nullptr ? before->in_flight_ : std::make_shared<std::atomic<std::int64_t>>(0)) {
  if (before != nullptr) series_ = before->series_;  // a counter never goes back, not even one of a module that is gone
  const auto count = [&](const std::string& name) {
    if (!series_.contains(name)) series_.emplace(name, std::make_shared<Series>());
  };
  count("");
  for (const std::string& module : modules) count(module);
}

void RequestMetrics::end(std::string_view module, int status, std::chrono::nanoseconds took) {
  in_flight_->fetch_sub(1, std::memory_order_relaxed);
  const auto found = series_.find(module);
  Series& series = found != series_.end() ? *found->second : *series_.find("")->second;
  series.by_status[static_cast<std::size_t>(status - status_min)].fetch_add(1, std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bound = std::ranges::lower_bound(bounds, seconds);  // a class holds its upper bound (Prometheus' "le")
  series.by_time[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  series.nanoseconds.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count())), std::memory_order_relaxed);
}

}  // namespace ingot::observe
