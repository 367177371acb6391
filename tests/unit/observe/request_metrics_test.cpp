// SPDX-License-Identifier: Apache-2.0
#include "observe/request_metrics.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace ingot::observe {
namespace {

using namespace std::chrono_literals;
using Clock = RequestMetrics::Clock;

std::uint64_t count_of(const RequestMetrics& metrics, Clock::time_point now) {
  const auto counts = metrics.series().find("crm")->second->recent(now);
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST(RequestMetrics, Lately_is_the_last_five_minutes) {
  RequestMetrics metrics({"crm"});
  const Clock::time_point start{1'000'000h};
  metrics.end("crm", 200, 3s, start);
  metrics.end("crm", 200, 2ms, start + 4min);
  EXPECT_EQ(count_of(metrics, start + 4min), 2u);
  EXPECT_EQ(count_of(metrics, start + 4min + 29s), 2u);
  EXPECT_EQ(count_of(metrics, start + 5min), 1u);  // the slow one is over
  const auto counts = metrics.series().find("crm")->second->recent(start + 5min);
  EXPECT_EQ(counts[2], 1u);  // up to 2.5 ms
  EXPECT_EQ(count_of(metrics, start + 9min), 0u);
  EXPECT_EQ(metrics.series().find("crm")->second->by_status[200 - RequestMetrics::status_min].load(), 2u);  // since the start: both
}

TEST(RequestMetrics, A_slice_that_comes_round_again_begins_with_nothing) {
  RequestMetrics metrics({"crm"});
  const Clock::time_point start{1'000'000h};
  for (int i = 0; i < 7; ++i) metrics.end("crm", 200, 1ms, start);
  metrics.end("crm", 200, 1ms, start + RequestMetrics::window);
  EXPECT_EQ(count_of(metrics, start + RequestMetrics::window), 1u);
  metrics.end("crm", 200, 1ms, start);  // held up since then
  EXPECT_EQ(count_of(metrics, start + RequestMetrics::window), 1u);
}

TEST(RequestMetrics, Threads_lose_nothing_where_a_slice_begins) {
  RequestMetrics metrics({"crm"});
  const Clock::time_point start{1'000'000h};
  constexpr int threads = 4, each = 2000;
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      for (int i = 0; i < each; ++i) metrics.end("crm", 200, 1ms, start + std::chrono::milliseconds(i * 100));  // 200 s: seven slices
    });
  }
  running.clear();
  EXPECT_EQ(count_of(metrics, start + 200s), std::uint64_t{threads * each});
}

}  // namespace
}  // namespace ingot::observe
