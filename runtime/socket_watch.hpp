// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fibers of one of the server's threads wait here for sockets that are not the HTTP server's: those of a database's library. One epoll of its own, which the thread's
// loop watches while anybody waits; so a library may close its sockets when it likes, and nothing is left behind.

#include <cstddef>

#include "dispatch/http_server.hpp"
#include "sandbox/strand.hpp"

namespace ingot {

class SocketWatch final {
 public:
  /// REQUIRES: `io` is run by this thread and outlives this. Throws std::bad_alloc when the system gives no epoll.
  explicit SocketWatch(dispatch::IoLoop& io);
  /// REQUIRES: nobody waits.
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  /// Parks this fiber until there is something to read, or the other side is gone (true). False: it is `until`, the fiber's call was asked to stop, or this socket cannot be
  /// watched. REQUIRES: called by a fiber of the loop's thread; nobody else waits for this socket, and it stays open meanwhile.
  bool wait_readable(int socket, sandbox::Clock::time_point until);

 private:
  struct Waiter {
    sandbox::Strand* strand;
    bool ready = false;
  };
  bool arm(int socket, Waiter& waiter);
  void forget(int socket);
  void watch_if_needed();
  /// What is ready now wakes who waits for it. On the loop's thread, outside of fibers.
  void harvest();

  dispatch::IoLoop& io_;
  int epoll_;
  std::size_t waiting_ = 0;  ///< whose sockets have nothing yet
  bool watched_ = false;  ///< the loop will call harvest()
};

}  // namespace ingot
