// SPDX-License-Identifier: Apache-2.0
#include "dispatch/http_server.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <new>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "dispatch/http_session.hpp"
#include "dispatch/request_id.hpp"
#include "dispatch/response_head.hpp"
#include "dispatch/session_registry.hpp"

namespace ingot::dispatch {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

constexpr auto as_result = net::as_tuple(net::use_awaitable);
constexpr auto accept_retry_delay = std::chrono::milliseconds(50);

/// Answers 503 without ever waiting: what the socket's empty send buffer does not take is lost.
void turn_away(Socket& socket) {
  const std::string request_id = make_request_id();
  const HttpResponse response = refusal_response({503, "", "Too many connections; try again later."}, request_id);
  const std::string bytes =
      response_head(response, {.keep_alive = false, .request_id = request_id, .now = std::chrono::system_clock::now()}) + response.body;
  error_code ignored;
  std::ignore = socket.non_blocking(true, ignored);
  socket.write_some(net::buffer(bytes), ignored);
  std::ignore = socket.shutdown(tcp::socket::shutdown_send, ignored);
  std::array<char, 4096> unread{};  // what has come already would turn the close into a reset
  error_code error;
  for (int i = 0; i < 16 && !error; ++i) socket.read_some(net::buffer(unread), error);
}

/// One thread's io_context, which has work until it is released.
class ContextLoop final : public IoLoop {
 public:
  ContextLoop() : context_(std::make_shared<net::io_context>(1)), work_(net::make_work_guard(*context_)) {}

  const std::shared_ptr<net::io_context>& context() const { return context_; }
  /// Once, when nothing new will come. Any thread.
  void release() { work_.reset(); }
  void run() { context_->run(); }

  void poll() override { context_->poll(); }
  void wait(std::chrono::steady_clock::time_point until) override {
    if (until == std::chrono::steady_clock::time_point::max()) context_->run_one();
    else context_->run_one_until(until);
    context_->poll();
  }
  void wake() noexcept override {
    try {
      net::post(*context_, [] {});
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; a wait() ends with whatever is due next
    }
  }
  void watch(int descriptor, std::function<void()> on_readable) override {
    if (!watched_) watched_.emplace(*context_, descriptor);
    INGOT_CHECK(watched_->native_handle() == descriptor && !on_readable_);
    on_readable_ = std::move(on_readable);
    watched_->async_wait(Descriptor::wait_read, [this](error_code error) {
      if (!error && on_readable_) std::exchange(on_readable_, nullptr)();
    });
  }
  void unwatch(int descriptor) override {
    if (!watched_ || watched_->native_handle() != descriptor) return;
    on_readable_ = nullptr;
    watched_->release();
    watched_.reset();
  }
  bool done() const override { return context_->stopped(); }

 private:
  using Descriptor = net::posix::basic_stream_descriptor<Executor>;

  std::shared_ptr<net::io_context> context_;
  std::optional<Descriptor> watched_;
  std::function<void()> on_readable_;
  net::executor_work_guard<net::io_context::executor_type> work_;
};

std::vector<std::unique_ptr<ContextLoop>> make_loops(std::size_t count) {
  std::vector<std::unique_ptr<ContextLoop>> loops;
  for (std::size_t at = 0; at < count; ++at) loops.push_back(std::make_unique<ContextLoop>());
  return loops;
}

}  // namespace

/// `acceptor` and the timers are touched on `home`, the first loop's thread, alone once run() has begun.
struct HttpServer::Impl {
  Impl(HttpOptions options, Handler handler)
      : loops(make_loops(options.io_threads)),
        home(loops.front()->context()->get_executor()),
        acceptor(home),
        grace_timer(home),
        retry_timer(home),
        tls(options.tls),
        registry(std::make_shared<SessionRegistry>(std::move(options), std::move(handler))) {
    registry->set_on_empty([this] {
      if (registry->draining()) net::post(home, [this] { finish_if_drained(); });
    });
  }

  error_code open(const tcp::endpoint& endpoint);
  net::awaitable<void> accept_loop();
  void drain(std::chrono::milliseconds grace);
  void finish_if_drained();

  std::vector<std::unique_ptr<ContextLoop>> loops;
  net::any_io_executor home;
  tcp::acceptor acceptor;
  net::steady_timer grace_timer;
  net::steady_timer retry_timer;
  std::shared_ptr<net::ssl::context> tls;  // touched at home alone
  std::shared_ptr<SessionRegistry> registry;
  std::uint16_t port = 0;
  std::size_t next_loop = 0;
  bool released = false;
  bool has_run = false;
};

error_code HttpServer::Impl::open(const tcp::endpoint& endpoint) {
  error_code error;
  if (acceptor.open(endpoint.protocol(), error)) return error;
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), error)) return error;
  if (acceptor.bind(endpoint, error)) return error;
  if (acceptor.listen(net::socket_base::max_listen_connections, error)) return error;
  port = acceptor.local_endpoint(error).port();
  return error;
}

net::awaitable<void> HttpServer::Impl::accept_loop() {
  while (acceptor.is_open()) {
    // Each connection belongs to one loop, that is, to one thread: what is done for it never happens at the same time.
    const auto& context = loops[next_loop++ % loops.size()]->context();
    auto [error, socket] = co_await acceptor.async_accept(context->get_executor(), as_result);
    if (!acceptor.is_open()) co_return;
    if (error) {  // out of descriptors or memory, or a client that left early: the listener itself is well
      retry_timer.expires_after(accept_retry_delay);
      co_await retry_timer.async_wait(as_result);
      continue;
    }
    try {
      if (registry->count() >= registry->options().connections_max) {
        if (tls == nullptr) turn_away(socket);  // before a handshake nothing can be said
        continue;
      }
      std::ignore = socket.set_option(tcp::no_delay(true), error);
      std::make_shared<HttpSession>(std::move(socket), registry, context, tls)->start();
    } catch (const std::bad_alloc&) {
      continue;  // this client is lost; the next may find more room
    }
  }
}

void HttpServer::Impl::drain(std::chrono::milliseconds grace) {
  // Beyond this point no session is added.
  registry->set_draining();
  error_code ignored;
  std::ignore = acceptor.close(ignored);
  retry_timer.cancel();
  for (const auto& session : registry->open_sessions()) session->close_if_idle();
  grace_timer.expires_after(grace);
  grace_timer.async_wait([this](error_code error) {
    if (error) return;
    for (const auto& session : registry->open_sessions()) session->abort();
  });
  finish_if_drained();
}

void HttpServer::Impl::finish_if_drained() {
  if (registry->count() != 0 || std::exchange(released, true)) return;
  grace_timer.cancel();  // nothing is left to do, so run() returns
  for (const auto& loop : loops) loop->release();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(HttpOptions options, Handler handler) {
  error_code error;
  const auto address = net::ip::make_address(options.address, error);
  if (error) return Error{ErrorCode::invalid_argument, "\"" + options.address + "\" is not an IP address to listen on"};
  if (options.io_threads == 0) return Error{ErrorCode::invalid_argument, "the HTTP server needs at least one io thread"};
  const tcp::endpoint endpoint(address, options.port);
  const std::string name = options.address + " port " + std::to_string(options.port);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (error = impl->open(endpoint); error) {
    return Error{ErrorCode::io, "cannot listen on " + name + ": " + error.message()};
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->port; }

void HttpServer::use_tls(std::shared_ptr<net::ssl::context> tls) {
  net::post(impl_->home, [this, tls = std::move(tls)]() mutable {
    INGOT_CHECK(impl_->tls != nullptr && tls != nullptr);
    impl_->tls = std::move(tls);
  });
}

std::size_t HttpServer::connection_count() const { return impl_->registry->count(); }

void HttpServer::run() {
  INGOT_CHECK(!std::exchange(impl_->has_run, true));
  net::co_spawn(impl_->home, impl_->accept_loop(), [](const std::exception_ptr&) {});
  const auto run_loop = [this](ContextLoop& loop) {
    if (const auto& driver = impl_->registry->options().driver) driver(loop);
    else loop.run();
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < impl_->loops.size(); ++i) {
    others.emplace_back([&run_loop, &loop = *impl_->loops[i]] { run_loop(loop); });
  }
  run_loop(*impl_->loops.front());
  for (std::thread& thread : others) thread.join();
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  net::post(impl_->home, [this, grace] { impl_->drain(grace); });
}

}  // namespace ingot::dispatch
