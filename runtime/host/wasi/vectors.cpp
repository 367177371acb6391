// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/vectors.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/check.hpp"
#include "host/wasi/wait.hpp"
#include "limits.hpp"

namespace ingot::host::wasi {

Errno Vectors::read(const Call& call, std::uint32_t address, std::uint32_t count, Vectors& vectors) {
  struct Pair {
    std::uint32_t address, length;
  };
  static_assert(sizeof(Pair) == 8);
  if (count > limits::wasi_vectors_max) return Errno::inval;
  std::vector<Pair> pairs(count);
  if (!call.memory.read(address, pairs.data(), count * 8)) return Errno::fault;
  vectors.list_.clear();
  vectors.first_ = 0;
  for (const Pair& pair : pairs) {
    if (pair.length == 0) continue;  // it may point anywhere
    const auto window = call.memory.window(pair.address, pair.length);
    if (!window) return Errno::fault;
    vectors.list_.push_back({window->data(), window->size()});
  }
  return Errno::success;
}

iovec Vectors::first(std::size_t bytes_max) const {
  INGOT_CHECK(!empty());
  return {list_[first_].iov_base, std::min(list_[first_].iov_len, bytes_max)};
}

void Vectors::drop(std::size_t bytes) {
  while (bytes > 0) {
    INGOT_CHECK(!empty());
    iovec& one = list_[first_];
    const std::size_t part = std::min(bytes, one.iov_len);
    one.iov_base = static_cast<std::uint8_t*>(one.iov_base) + part;
    one.iov_len -= part;
    bytes -= part;
    if (one.iov_len == 0) ++first_;
  }
}

namespace {

/// Readable or writable at this moment?
bool is_ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return poll(&one, 1, 0) > 0;
}

/// One try. What is shared with others, and the kernel cannot try without waiting (a terminal), is asked whether it is ready, and then trusted.
ssize_t try_read(const Descriptor& file, std::span<const iovec> to) {
  const int fd = file.host.get();
  if (file.never_waits) return readv(fd, to.data(), static_cast<int>(to.size()));
  const ssize_t got = preadv2(fd, to.data(), static_cast<int>(to.size()), -1, RWF_NOWAIT);
  if (got >= 0 || errno != EOPNOTSUPP) return got;
  if (is_ready(fd, POLLIN)) return readv(fd, to.data(), static_cast<int>(to.size()));
  errno = EAGAIN;
  return -1;
}

ssize_t try_write(const Descriptor& file, const Vectors& from) {
  const int fd = file.host.get();
  const auto list = from.list();
  if (file.never_waits) return writev(fd, list.data(), static_cast<int>(list.size()));
  const ssize_t written = pwritev2(fd, list.data(), static_cast<int>(list.size()), -1, RWF_NOWAIT);
  if (written >= 0 || errno != EOPNOTSUPP) return written;
  if (is_ready(fd, POLLOUT)) {
    const iovec some = from.first(PIPE_BUF);  // a pipe that is writable has room for that much (pipe(7))
    return writev(fd, &some, 1);
  }
  errno = EAGAIN;
  return -1;
}

bool would_wait(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Errno read_stream(Descriptor& file, const Vectors& to, std::size_t& got) {
  got = 0;
  if (to.empty()) return Errno::success;
  for (;;) {
    const ssize_t count = try_read(file, to.list());
    if (count >= 0) {
      got = static_cast<std::size_t>(count);
      return Errno::success;
    }
    if (!would_wait(errno)) return last_errno();
    if ((file.flags & fdflag::nonblock) != 0) return Errno::again;
    if (!wait_for(file.host.get(), POLLIN)) return Errno::intr;
  }
}

Errno write_stream(Descriptor& file, Vectors from, std::size_t& written) {
  written = 0;
  while (!from.empty()) {
    const ssize_t count = try_write(file, from);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
      from.drop(static_cast<std::size_t>(count));
      continue;
    }
    // What was written before an error is reported first; the error comes again with the next call.
    if (!would_wait(errno)) return written > 0 ? Errno::success : last_errno();
    if ((file.flags & fdflag::nonblock) != 0) return written > 0 ? Errno::success : Errno::again;
    if (!wait_for(file.host.get(), POLLOUT)) return Errno::intr;
  }
  return Errno::success;
}

}  // namespace ingot::host::wasi
