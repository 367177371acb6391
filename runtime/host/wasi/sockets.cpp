// SPDX-License-Identifier: Apache-2.0
//
// Connections over sockets that were granted. A guest cannot make one.

#include <sys/socket.h>

#include <cerrno>

#include "host/wasi/bodies.hpp"
#include "host/wasi/vectors.hpp"
#include "host/wasi/wait.hpp"

namespace ingot::host::wasi {
namespace {

Errno find_socket(const Call& call, Rights needed, Descriptor*& found) {
  const Errno error = call.world.descriptors().find(call.word(0), needed, found);
  if (found == nullptr) return error;
  return found->type == FileType::socket_stream || found->type == FileType::socket_datagram ? error : Errno::notsock;
}

msghdr message_of(const Vectors& vectors) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(vectors.list().data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): the kernel only reads the list
  message.msg_iovlen = vectors.list().size();
  return message;
}

/// After a call that failed: success means try again.
Errno wait_or_say(const Descriptor& socket, short events) {
  if (errno != EAGAIN && errno != EINTR) return last_errno();
  if ((socket.flags & fdflag::nonblock) != 0) return Errno::again;
  return wait_for(socket.host.get(), events) ? Errno::success : Errno::intr;
}

}  // namespace

Errno sock_accept(Call& call) {
  Descriptor* listener = nullptr;
  if (const Errno error = find_socket(call, right::sock_accept, listener); error != Errno::success) return error;
  if ((call.word(1) & ~fdflag::nonblock) != 0) return Errno::inval;
  if (!call.has_room(call.word(2), 4)) return Errno::fault;
  DescriptorTable& descriptors = call.world.descriptors();
  if (descriptors.full()) return Errno::mfile;
  for (;;) {
    OwnedFd accepted(accept4(listener->host.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!accepted.valid()) {
      if (const Errno error = wait_or_say(*listener, POLLIN); error != Errno::success) return error;
      continue;
    }
    auto descriptor = describe(std::move(accepted), listener->inheriting, 0);
    if (!descriptor) return last_errno();
    descriptor->flags = call.word(1);
    descriptor->never_waits = true;
    return call.give(call.word(2), descriptors.add(std::move(*descriptor)));
  }
}

Errno sock_recv(Call& call) {
  constexpr std::uint32_t peek = 1;
  constexpr std::uint32_t wait_all = 2;
  constexpr std::uint16_t truncated = 1;
  Descriptor* socket = nullptr;
  if (const Errno error = find_socket(call, right::fd_read, socket); error != Errno::success) return error;
  if ((call.word(3) & ~(peek | wait_all)) != 0) return Errno::inval;
  Vectors to;
  if (const Errno error = Vectors::read(call, call.word(1), call.word(2), to); error != Errno::success) return error;
  if (!call.has_room(call.word(4), 4) || !call.has_room(call.word(5), 2)) return Errno::fault;
  const int flags = MSG_DONTWAIT | ((call.word(3) & peek) != 0 ? MSG_PEEK : 0);
  // All of it, unless the other side ends, or looking twice would show the same bytes twice.
  const bool all = (call.word(3) & wait_all) != 0 && (call.word(3) & peek) == 0 && socket->type == FileType::socket_stream;
  std::uint32_t total = 0;
  std::uint16_t told = 0;
  for (;;) {
    msghdr message = message_of(to);
    const ssize_t got = recvmsg(socket->host.get(), &message, flags);
    if (got < 0) {
      const Errno error = wait_or_say(*socket, POLLIN);
      if (error == Errno::success) continue;
      if (error == Errno::intr || total == 0) return error;
      break;
    }
    if ((message.msg_flags & MSG_TRUNC) != 0) told = truncated;
    total += static_cast<std::uint32_t>(got);
    to.drop(static_cast<std::size_t>(got));
    if (!all || got == 0 || to.empty()) break;
  }
  call.give(call.word(4), total);
  return call.give(call.word(5), told);
}

Errno sock_send(Call& call) {
  Descriptor* socket = nullptr;
  if (const Errno error = find_socket(call, right::fd_write, socket); error != Errno::success) return error;
  if (call.word(3) != 0) return Errno::inval;
  Vectors from;
  if (const Errno error = Vectors::read(call, call.word(1), call.word(2), from); error != Errno::success) return error;
  if (!call.has_room(call.word(4), 4)) return Errno::fault;
  for (;;) {
    const msghdr message = message_of(from);
    const ssize_t sent = sendmsg(socket->host.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return call.give(call.word(4), static_cast<std::uint32_t>(sent));
    if (const Errno error = wait_or_say(*socket, POLLOUT); error != Errno::success) return error;
  }
}

Errno sock_shutdown(Call& call) {
  Descriptor* socket = nullptr;
  if (const Errno error = find_socket(call, right::sock_shutdown, socket); error != Errno::success) return error;
  int how = 0;
  switch (call.word(1)) {
    case 1: how = SHUT_RD; break;
    case 2: how = SHUT_WR; break;
    case 3: how = SHUT_RDWR; break;
    default: return Errno::inval;
  }
  return shutdown(socket->host.get(), how) == 0 ? Errno::success : last_errno();
}

}  // namespace ingot::host::wasi
