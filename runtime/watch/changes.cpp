// SPDX-License-Identifier: Apache-2.0
#include "watch/changes.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ingot::watch {
namespace {

// Written to its end, come, or gone. A file that is still being written is no news.
constexpr std::uint32_t what_counts = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr int quiet_ms = 30;
constexpr std::chrono::milliseconds patience{500};

}  // namespace

Result<std::unique_ptr<Changes>> Changes::open() {
  const int inotify = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (inotify < 0) {
    return Error{ErrorCode::io, std::string("folders cannot be watched: ") + std::strerror(errno) + "; fs.inotify.max_user_instances bounds how many programs may"};
  }
  const int woken = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (woken < 0) {
    const Error error{ErrorCode::io, std::string("folders cannot be watched: ") + std::strerror(errno)};
    ::close(inotify);
    return error;
  }
  return std::unique_ptr<Changes>(new Changes(inotify, woken));
}

Changes::~Changes() {
  ::close(inotify_);
  ::close(woken_);
}

Result<bool> Changes::watch(const std::set<std::string>& folders) {
  read_all();  // of watches that the kernel has ended, too
  bool fresh = false;
  for (auto at = watches_.begin(); at != watches_.end();) {
    if (folders.contains(at->first)) {
      ++at;
      continue;
    }
    ::inotify_rm_watch(inotify_, at->second);
    at = watches_.erase(at);
  }
  for (const std::string& folder : folders) {
    if (watches_.contains(folder)) continue;
    const int watch = ::inotify_add_watch(inotify_, folder.c_str(), what_counts | IN_ONLYDIR | IN_EXCL_UNLINK);
    if (watch < 0) {
      if (errno != ENOSPC) continue;  // gone, or not ours to read
      return Error{ErrorCode::limit, "too many folders are watched on this machine: raise fs.inotify.max_user_watches, or leave folders out of the module's"};
    }
    watches_.emplace(folder, watch);
    fresh = true;
  }
  return fresh;
}

bool Changes::wait() {
  if (!happens(-1)) return false;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end && happens(quiet_ms)) {
  }
  pollfd asked{woken_, POLLIN, 0};
  return ::poll(&asked, 1, 0) == 0;
}

void Changes::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(woken_, &one, sizeof one) == 0);  // full: it was called often enough
}

bool Changes::happens(int milliseconds) {
  std::array<pollfd, 2> asked{pollfd{woken_, POLLIN, 0}, pollfd{inotify_, POLLIN, 0}};
  int ready = 0;
  do ready = ::poll(asked.data(), asked.size(), milliseconds);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0 || asked[0].revents != 0) return false;
  read_all();
  return true;
}

void Changes::read_all() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t size = ::read(inotify_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_IGNORED) == 0) continue;
      std::erase_if(watches_, [gone = event.wd](const auto& watch) { return watch.second == gone; });  // another folder of its name is a new one
    }
  }
}

}  // namespace ingot::watch
