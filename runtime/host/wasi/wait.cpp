// SPDX-License-Identifier: Apache-2.0
//
// A thread waits in poll(2), which a signal ends whatever its handler's flags are (signal(7)): the watchdog sends one to a thread whose call should stop, and sends it again
// every millisecond until the call is over, so that one that came a moment before poll() is not the last. A fiber must not hold up its thread: it looks, parks for a
// while, and looks again, less often the longer nothing happens.

#include "host/wasi/wait.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "sandbox/fiber_loop.hpp"
#include "sandbox/thread.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::wasi {
namespace {

using sandbox::Clock;
using sandbox::Woken;
using namespace std::chrono_literals;

bool should_stop() { return sandbox::CallScope::requested() != INGOT_TRAP_NONE; }

/// Until the time or a request; what unparks the strand meanwhile was meant for something before.
Woken sleep_until(Clock::time_point until) {
  for (;;) {
    if (should_stop()) return Woken::stopped;
    if (Clock::now() >= until) return Woken::timeout;
    if (sandbox::Strand::current().park(until) == Woken::stopped) return Woken::stopped;
  }
}

timespec remaining(Clock::time_point until) {
  const auto left = std::clamp<std::chrono::nanoseconds>(until - Clock::now(), 0ns, 1h);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

/// One look, for at most as long as that. More than zero: something is ready.
int look(std::span<pollfd> files, const timespec& at_most) { return ppoll(files.data(), files.size(), &at_most, nullptr); }

Woken wait_on_fiber(std::span<pollfd> files, Clock::time_point until) {
  for (auto pause = 200us;; pause = std::min(pause * 2, 5000us)) {
    const int ready = look(files, {0, 0});
    if (ready > 0 || (ready < 0 && errno != EINTR)) return Woken::unparked;
    if (Clock::now() >= until) return Woken::timeout;
    if (sleep_until(std::min(until, Clock::now() + pause)) == Woken::stopped) return Woken::stopped;
  }
}

}  // namespace

Woken wait_for(std::span<pollfd> files, Clock::time_point until) {
  if (files.empty()) return sleep_until(until);
  if (sandbox::FiberLoop::inside()) return wait_on_fiber(files, until);
  for (;;) {
    if (should_stop()) return Woken::stopped;
    const int ready = look(files, remaining(until));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return Woken::unparked;  // what is wrong with it, the next call says
    if (ready == 0 && Clock::now() >= until) return should_stop() ? Woken::stopped : Woken::timeout;
  }
}

bool wait_for(int file, short events) {
  pollfd one{file, events, 0};
  return wait_for(std::span(&one, 1), Clock::time_point::max()) != Woken::stopped;
}

}  // namespace ingot::host::wasi
