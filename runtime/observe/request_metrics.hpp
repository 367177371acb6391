// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many requests each module answered, how, and how long that took, since the start and lately; counted without a lock, but for the first one of each slice of time. Any thread.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::observe {

class RequestMetrics final {
 public:
  /// Upper bounds of the classes of time, in seconds; one more class holds what took longer.
  static constexpr std::array<double, 14> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  static constexpr int status_min = 100, status_max = 599;
  using ByTime = std::array<std::uint64_t, bounds.size() + 1>;
  using Clock = std::chrono::steady_clock;
  /// What "lately" is: whole slices, so what is told is of the last 4.5 to 5 minutes.
  static constexpr std::chrono::seconds slice_length{30}, window{300};
  static constexpr std::size_t slices = window / slice_length;

  /// Of one module, or of the host's own routes (no name).
  struct Series {
    std::array<std::atomic<std::uint64_t>, status_max - status_min + 1> by_status{};
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> by_time{};
    std::atomic<std::uint64_t> nanoseconds{0};

    /// How many lie in each class, of those that ended within the window before `now`.
    ByTime recent(Clock::time_point now) const;

   private:
    friend class RequestMetrics;
    void count_recent(std::size_t time_class, Clock::time_point now);
    struct Slice {
      std::atomic<std::int64_t> number{-1};  ///< which slice since the clock's beginning its counts are of
      std::array<std::atomic<std::uint64_t>, bounds.size() + 1> by_time{};
    };
    std::array<Slice, slices> slices_;
    std::mutex turning_;
  };

  /// The names that will be counted, known from the start: a client cannot make more of them. Counts of `before`, if there is one, go on: both then count the same.
  explicit RequestMetrics(const std::vector<std::string>& modules, const RequestMetrics* before = nullptr);

  void begin() { in_flight_->fetch_add(1, std::memory_order_relaxed); }
  /// One that begin() was called for has been answered. An unknown module counts as the host's own. REQUIRES: status in status_min..status_max.
  void end(std::string_view module, int status, std::chrono::nanoseconds took, Clock::time_point now = Clock::now());

  std::int64_t in_flight() const { return in_flight_->load(std::memory_order_relaxed); }
  const std::map<std::string, std::shared_ptr<Series>, std::less<>>& series() const { return series_; }

 private:
  std::map<std::string, std::shared_ptr<Series>, std::less<>> series_;  // the keys never change
  std::shared_ptr<std::atomic<std::int64_t>> in_flight_;
};

}  // namespace ingot::observe
