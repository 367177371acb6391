// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/clock.hpp"

#include <ctime>
#include <optional>

namespace ingot::host::wasi {
namespace {

std::optional<clockid_t> host_clock(ClockId id) {
  switch (id) {
    case ClockId::realtime: return CLOCK_REALTIME;
    case ClockId::monotonic: return CLOCK_MONOTONIC;
    case ClockId::process_cpu:
    case ClockId::thread_cpu: return CLOCK_THREAD_CPUTIME_ID;
  }
  return std::nullopt;
}

Errno ask(ClockId id, int (*what)(clockid_t, timespec*), std::uint64_t& nanoseconds) {
  const auto clock = host_clock(id);
  if (!clock) return Errno::inval;
  timespec time{};
  if (what(*clock, &time) != 0) return last_errno();
  nanoseconds = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
  return Errno::success;
}

}  // namespace

Errno clock_ns(ClockId id, std::uint64_t& now) { return ask(id, &clock_gettime, now); }
Errno clock_resolution_ns(ClockId id, std::uint64_t& resolution) { return ask(id, &clock_getres, resolution); }

}  // namespace ingot::host::wasi
