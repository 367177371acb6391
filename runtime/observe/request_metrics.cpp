// SPDX-License-Identifier: Apache-2.0
#include "observe/request_metrics.hpp"

#include <algorithm>

namespace ingot::observe {
namespace {

std::int64_t slice_number(RequestMetrics::Clock::time_point now) { return now.time_since_epoch() / RequestMetrics::slice_length; }

}  // namespace

RequestMetrics::ByTime RequestMetrics::Series::recent(Clock::time_point now) const {
  ByTime sums{};
  const std::int64_t last = slice_number(now);
  for (const Slice& slice : slices_) {
    const std::int64_t number = slice.number.load(std::memory_order_acquire);
    if (number < 0 || number > last || number <= last - static_cast<std::int64_t>(slices)) continue;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += slice.by_time[i].load(std::memory_order_relaxed);
  }
  return sums;
}

void RequestMetrics::Series::count_recent(std::size_t time_class, Clock::time_point now) {
  const std::int64_t number = slice_number(now);
  Slice& slice = slices_[static_cast<std::size_t>(number) % slices];
  if (slice.number.load(std::memory_order_acquire) < number) {
    const std::lock_guard lock(turning_);
    if (slice.number.load(std::memory_order_relaxed) < number) {
      for (auto& count : slice.by_time) count.store(0, std::memory_order_relaxed);
      slice.number.store(number, std::memory_order_release);
    }
  }
  // Who was held up for a whole window counts nowhere.
  if (slice.number.load(std::memory_order_relaxed) == number) slice.by_time[time_class].fetch_add(1, std::memory_order_relaxed);
}

RequestMetrics::RequestMetrics(const std::vector<std::string>& modules, const RequestMetrics* before)
    : in_flight_(before != nullptr ? before->in_flight_ : std::make_shared<std::atomic<std::int64_t>>(0)) {
  if (before != nullptr) series_ = before->series_;  // a counter never goes back, not even one of a module that is gone
  const auto count = [&](const std::string& name) {
    if (!series_.contains(name)) series_.emplace(name, std::make_shared<Series>());
  };
  count("");
  for (const std::string& module : modules) count(module);
}

void RequestMetrics::end(std::string_view module, int status, std::chrono::nanoseconds took, Clock::time_point now) {
  in_flight_->fetch_sub(1, std::memory_order_relaxed);
  const auto found = series_.find(module);
  Series& series = found != series_.end() ? *found->second : *series_.find("")->second;
  series.by_status[static_cast<std::size_t>(status - status_min)].fetch_add(1, std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bound = std::ranges::lower_bound(bounds, seconds);  // a class holds its upper bound (Prometheus' "le")
  const auto time_class = static_cast<std::size_t>(bound - bounds.begin());
  series.by_time[time_class].fetch_add(1, std::memory_order_relaxed);
  series.count_recent(time_class, now);
  series.nanoseconds.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count())), std::memory_order_relaxed);
}

}  // namespace ingot::observe
