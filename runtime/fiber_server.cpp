// SPDX-License-Identifier: Apache-2.0
#include "fiber_server.hpp"

#include <exception>
#include <utility>

#include "base/check.hpp"
#include "sandbox/completion.hpp"
#include "sandbox/fiber_loop.hpp"
#include "socket_watch.hpp"

namespace ingot {
namespace {

class Sockets final : public sandbox::FiberLoop::Neighbour {
 public:
  explicit Sockets(dispatch::IoLoop& io) : io_(io) {}
  void poll() override { io_.poll(); }
  void wait(sandbox::Clock::time_point until) override { io_.wait(until); }
  void wake() noexcept override { io_.wake(); }
  bool done() const override { return io_.done(); }

 private:
  dispatch::IoLoop& io_;
};

thread_local sandbox::FiberLoop* loop_of_this_thread = nullptr;
thread_local SocketWatch* watch_of_this_thread = nullptr;

}  // namespace

void BlockingOnWorkers::run_erased(void (*work)(void*), void* argument) {
  if (!sandbox::FiberLoop::inside()) return work(argument);
  sandbox::Completion completion;
  std::exception_ptr thrown;
  const bool taken = pool_.try_submit([work, argument, &completion, &thrown] {
    try {
      work(argument);
    } catch (...) {
      thrown = std::current_exception();
    }
    completion.complete();
  });
  // The pool is stopped when no fiber is left; should it be full all the same, the thread's other fibers wait.
  if (!taken) return work(argument);
  completion.wait();
  if (thrown) std::rethrow_exception(thrown);
}

bool BlockingOnWorkers::waits_for_sockets() const { return watch_of_this_thread != nullptr && sandbox::FiberLoop::inside(); }

bool BlockingOnWorkers::wait_readable(int socket, std::chrono::steady_clock::time_point until) { return waits_for_sockets() && watch_of_this_thread->wait_readable(socket, until); }

void run_fibers_beside(dispatch::IoLoop& io, std::size_t fibers_max) {
  sandbox::FiberLoop::Options options;
  options.fibers_max = fibers_max;
  const auto loop = sandbox::FiberLoop::create(options);
  INGOT_CHECK(loop.ok());
  loop_of_this_thread = loop->get();
  SocketWatch watch(io);
  watch_of_this_thread = &watch;
  Sockets sockets(io);
  (*loop)->run(sockets);
  watch_of_this_thread = nullptr;
  loop_of_this_thread = nullptr;
}

bool run_as_fiber(std::function<void()> body) {
  return loop_of_this_thread != nullptr && loop_of_this_thread->spawn(std::move(body)).ok();
}

}  // namespace ingot
