// SPDX-License-Identifier: Apache-2.0
#include "socket_watch.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>

#include "base/check.hpp"

namespace ingot {

SocketWatch::SocketWatch(dispatch::IoLoop& io) : io_(io), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::bad_alloc();
}

SocketWatch::~SocketWatch() {
  INGOT_CHECK(waiting_ == 0);
  io_.unwatch(epoll_);
  close(epoll_);
}

bool SocketWatch::wait_readable(int socket, sandbox::Clock::time_point until) {
  Waiter waiter{.strand = &sandbox::Strand::current()};
  if (!arm(socket, waiter)) return false;
  ++waiting_;
  watch_if_needed();
  auto woken = sandbox::Woken::unparked;
  while (!waiter.ready && woken == sandbox::Woken::unparked) woken = waiter.strand->park(until);  // an unpark() may be of something before
  if (waiter.ready) return true;
  --waiting_;
  forget(socket);
  if (waiting_ == 0 && watched_) {  // an idle loop has nothing to wait for, else it would never be done
    io_.unwatch(epoll_);
    watched_ = false;
  }
  return false;
}

/// Once: after it was reported nothing more is, until the next time. A socket that another thread's fiber waited for before is not known here, nor is one that was closed meanwhile.
bool SocketWatch::arm(int socket, Waiter& waiter) {
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data = {.ptr = &waiter}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) == 0) return true;
  return errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void SocketWatch::forget(int socket) {
  epoll_event ignored{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, &ignored);
}

void SocketWatch::watch_if_needed() {
  if (watched_ || waiting_ == 0) return;
  watched_ = true;
  io_.watch(epoll_, [this] {
    watched_ = false;
    harvest();
    watch_if_needed();
  });
}

void SocketWatch::harvest() {
  std::array<epoll_event, 64> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  for (int at = 0; at < count; ++at) {
    auto& waiter = *static_cast<Waiter*>(events[static_cast<std::size_t>(at)].data.ptr);
    waiter.ready = true;
    --waiting_;
    waiter.strand->unpark();
  }
}

}  // namespace ingot
