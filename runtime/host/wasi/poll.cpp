// SPDX-License-Identifier: Apache-2.0
//
// poll_oneoff: waits until one of many things has happened, and says which did.

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>
#include <vector>

#include "host/wasi/bodies.hpp"
#include "host/wasi/clock.hpp"
#include "host/wasi/wait.hpp"
#include "limits.hpp"

namespace ingot::host::wasi {
namespace {

using sandbox::Clock;

enum class EventType : std::uint8_t { clock, fd_read, fd_write };

struct Subscription {
  std::uint64_t userdata = 0;
  EventType type = EventType::clock;
  ClockId clock = ClockId::realtime;
  std::uint64_t timeout_ns = 0;
  bool absolute = false;
  std::uint32_t fd = 0;

  // What becomes of it.
  Clock::time_point when = Clock::time_point::max();   ///< of a clock
  std::optional<std::size_t> file;                     ///< its place among the files that are waited for
  std::optional<Errno> settled;                        ///< known without waiting
};

struct Event {
  std::uint64_t userdata = 0;
  Errno error = Errno::success;
  EventType type = EventType::clock;
  std::array<std::uint8_t, 5> unused0{};
  std::uint64_t bytes = 0;
  std::uint16_t flags = 0;
  std::array<std::uint8_t, 6> unused1{};
};
static_assert(sizeof(Event) == 32);
constexpr std::uint16_t hangup = 1;

template <typename Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

std::uint32_t subscription_size(Dialect dialect) { return dialect == Dialect::unstable ? 56 : 48; }

/// False: no such type of event.
bool parse(const std::string& bytes, Dialect dialect, Subscription& it) {
  const auto type = number_at<std::uint8_t>(bytes, 8);
  if (type > static_cast<std::uint8_t>(EventType::fd_write)) return false;
  it.userdata = number_at<std::uint64_t>(bytes, 0);
  it.type = EventType{type};
  it.fd = number_at<std::uint32_t>(bytes, 16);
  // The draft has an identifier in front of the clock, which nobody reads.
  const std::size_t at = dialect == Dialect::unstable ? 24 : 16;
  it.clock = ClockId{number_at<std::uint32_t>(bytes, at)};
  it.timeout_ns = number_at<std::uint64_t>(bytes, at + 8);
  it.absolute = (number_at<std::uint16_t>(bytes, at + 24) & 1) != 0;
  return true;
}

/// The end of time for what no clock of ours can count to.
Clock::time_point later(Clock::time_point from, std::uint64_t ns) {
  const auto room = static_cast<std::uint64_t>((Clock::time_point::max() - from).count());
  return ns >= room ? Clock::time_point::max() : from + std::chrono::nanoseconds(ns);
}

void settle_clock(Subscription& it) {
  if (it.clock > ClockId::monotonic) {
    // Time that a processor spends for us does not pass while we wait.
    it.settled = it.clock > ClockId::thread_cpu ? Errno::inval : Errno::notsup;
    return;
  }
  const Clock::time_point now = Clock::now();
  if (!it.absolute) {
    it.when = later(now, it.timeout_ns);
    return;
  }
  std::uint64_t clock_now = 0;
  clock_ns(it.clock, clock_now);
  it.when = it.timeout_ns <= clock_now ? now : later(now, it.timeout_ns - clock_now);
}

/// Everything that is waited for.
struct Waiting {
  std::vector<Subscription> subscriptions;
  std::vector<pollfd> files;
  Clock::time_point until = Clock::time_point::max();
};

std::size_t file_index(Waiting& waiting, int fd) {
  const auto found = std::ranges::find(waiting.files, fd, &pollfd::fd);
  if (found != waiting.files.end()) return static_cast<std::size_t>(found - waiting.files.begin());
  waiting.files.push_back({fd, 0, 0});
  return waiting.files.size() - 1;
}

void settle_file(const Call& call, Waiting& waiting, Subscription& it) {
  Descriptor* file = nullptr;
  const Errno error = call.world.descriptors().find(it.fd, right::poll_fd_readwrite, file);
  const bool reads = it.type == EventType::fd_read;
  if (error != Errno::success) {
    it.settled = error;
  } else if (file->type == FileType::directory) {
    it.settled = Errno::badf;
  } else if (!file->is_listener && (file->base & (reads ? right::fd_read : right::fd_write)) == 0) {
    it.settled = Errno::badf;
  } else if (!file->is_stream) {
    it.settled = Errno::success;  // content of files is always there
  } else {
    it.file = file_index(waiting, file->host.get());
    waiting.files[*it.file].events = static_cast<short>(waiting.files[*it.file].events | (reads ? POLLIN : POLLOUT));
  }
}

/// How much can be read: of a file what lies behind the guest's position.
std::uint64_t readable_bytes(const Descriptor& file) {
  if (file.is_stream) {
    int bytes = 0;
    return ioctl(file.host.get(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
  }
  struct stat about {};
  const off_t at = lseek(file.host.get(), 0, SEEK_CUR);
  return fstat(file.host.get(), &about) == 0 && at >= 0 && about.st_size > at ? static_cast<std::uint64_t>(about.st_size - at) : 0;
}

std::optional<Event> event_of(const Call& call, const Waiting& waiting, const Subscription& it, Clock::time_point now) {
  Event event{.userdata = it.userdata, .type = it.type};
  if (it.type == EventType::clock) {
    if (it.settled) event.error = *it.settled;
    return it.settled || it.when <= now ? std::optional(event) : std::nullopt;
  }
  if (it.file) {
    const short seen = waiting.files[*it.file].revents;
    const short wanted = it.type == EventType::fd_read ? POLLIN : POLLOUT;
    // What is broken or at its end is ready: the next read or write says so.
    if ((seen & (wanted | POLLHUP | POLLERR | POLLNVAL)) == 0) return std::nullopt;
    if ((seen & (POLLHUP | POLLERR)) != 0) event.flags = hangup;
    if ((seen & POLLNVAL) != 0) event.error = Errno::badf;
  } else if (it.settled != Errno::success) {
    event.error = *it.settled;
  }
  if (event.error == Errno::success) {
    event.bytes = it.type == EventType::fd_read ? readable_bytes(*call.world.descriptors().find(it.fd)) : PIPE_BUF;
  }
  return event;
}

Errno read_subscriptions(const Call& call, Waiting& waiting) {
  const std::uint32_t count = call.word(2);
  const std::uint32_t size = subscription_size(call.dialect);
  if (count == 0 || count > limits::wasi_subscriptions_max) return Errno::inval;
  if (!call.has_room(call.word(0), count * size) || !call.has_room(call.word(1), count * sizeof(Event)) || !call.has_room(call.word(3), 4)) return Errno::fault;
  waiting.subscriptions.resize(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    Subscription& it = waiting.subscriptions[index];
    if (!parse(*call.memory.copy_in(call.word(0) + index * size, size), call.dialect, it)) return Errno::inval;
    if (it.type == EventType::clock) {
      settle_clock(it);
    } else {
      settle_file(call, waiting, it);
    }
    waiting.until = std::min(waiting.until, it.settled ? Clock::time_point{} : it.when);
  }
  return Errno::success;
}

}  // namespace

Errno poll_oneoff(Call& call) {
  Waiting waiting;
  if (const Errno error = read_subscriptions(call, waiting); error != Errno::success) return error;
  for (;;) {
    if (wait_for(waiting.files, waiting.until) == sandbox::Woken::stopped) return Errno::intr;
    const Clock::time_point now = Clock::now();
    std::uint32_t events = 0;
    for (const Subscription& it : waiting.subscriptions) {
      const auto event = event_of(call, waiting, it, now);
      if (event) call.give(call.word(1) + static_cast<std::uint32_t>(events++ * sizeof(Event)), *event);
    }
    if (events > 0) return call.give(call.word(3), events);
  }
}

}  // namespace ingot::host::wasi
