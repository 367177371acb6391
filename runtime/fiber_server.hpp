// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where requests to modules run: on the HTTP server's own threads, one fiber each, so that a request crosses to no other thread unless it needs the database.
//
//   thread of the server:   sockets --request--> fiber: guest -- statement --> (parked)
//                              ^                   ^     ^                        | |
//                              |                   |     +-- its socket (SocketWatch)<-+ where the answer is all there is to wait for
//                              |                   +-----------------------<------+ v
//                              +----- reply -------+                    a thread that may block

#include <cstddef>
#include <functional>

#include "dispatch/http_server.hpp"
#include "dispatch/worker_pool.hpp"
#include "host/eerp/blocking.hpp"

namespace ingot {

/// Gives work that may block to a pool while the fiber waits; what it throws, the fiber throws. Outside of a fiber it is done at once.
class BlockingOnWorkers final : public host::eerp::Blocking {
 public:
  /// REQUIRES: the pool's queue has room for as many jobs as there are fibers; it outlives this.
  explicit BlockingOnWorkers(dispatch::WorkerPool& pool) : pool_(pool) {}
  bool wait_readable(int socket, std::chrono::steady_clock::time_point until) override;
  bool waits_for_sockets() const override;

 protected:
  void run_erased(void (*work)(void*), void* argument) override;

 private:
  dispatch::WorkerPool& pool_;
};

/// Runs one of the server's threads, its sockets and its fibers, until the server has drained and they have ended: for HttpOptions::driver. Aborts when the watchdog
/// cannot be started.
void run_fibers_beside(dispatch::IoLoop& io, std::size_t fibers_max);

/// `body` runs as a fiber of this thread. False: it is no such thread, or has as many fibers as it may. REQUIRES: `body` does not throw.
bool run_as_fiber(std::function<void()> body);

}  // namespace ingot
