// SPDX-License-Identifier: Apache-2.0
#pragma once
// An HTTP/1.1 server (RFC 9110, 9112) for one handler: keep-alive, pipelined requests answered in order, chunked
// bodies, 100-continue, limits, timeouts and draining; in the clear or through TLS. It routes nothing and starts no thread per request:
// a waiting request costs a few kilobytes and no thread. What is not HTTP gets an error envelope and a closed
// connection.
//
//   listen() --run()--> serving --stop(grace)--> draining --last connection gone, or grace over--> run() returns
//
// In: bytes of clients.  Out: HttpRequest to the handler, its HttpResponse to the client, in order.
// Refuses: malformed or ambiguous requests 400, slow ones (closed), large ones 413/414/431, too many connections 503.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "dispatch/http_message.hpp"
#include "dispatch/http_tls.hpp"
#include "limits.hpp"

namespace ingot::dispatch {

/// The sockets of one of the server's threads, for who has other things to do on that thread too. Everything but wake() is called on it; requests arrive during poll() and wait().
class IoLoop {
 public:
  virtual ~IoLoop() = default;
  /// Does what is due, without waiting.
  virtual void poll() = 0;
  /// Waits until something is due, or wake(), at most until `until`; does what is due.
  virtual void wait(std::chrono::steady_clock::time_point until) = 0;
  /// Ends a wait(), also one that is about to begin. Any thread.
  virtual void wake() noexcept = 0;
  /// Calls `on_readable` during a poll() or wait() to come, once, when there is something to read from a descriptor of somebody else's. Until then, or unwatch(), the loop is not
  /// done. One at a time. May throw std::bad_alloc.
  virtual void watch(int descriptor, std::function<void()> on_readable) = 0;
  /// Not any more, if it was. REQUIRES: before the descriptor is closed.
  virtual void unwatch(int descriptor) = 0;
  /// There will never be anything to do again: the server has drained.
  virtual bool done() const = 0;
};

struct HttpOptions {
  using Duration = std::chrono::milliseconds;

  std::string address = "127.0.0.1";                                ///< An IPv4 or IPv6 address; no names.
  std::uint16_t port = 0;                                           ///< 0: any free one, see HttpServer::port().
  std::shared_ptr<boost::asio::ssl::context> tls;                   ///< read_tls(); null: in the clear.
  std::size_t io_threads = 1;                                       ///< run()'s own thread included. Each has connections of its own.
  std::function<void(IoLoop& loop)> driver;                         ///< Runs each of them until it is done(). Empty: nothing else is to be done there.
  std::size_t header_bytes_max = limits::request_header_bytes_max;  ///< Request line and fields together.
  std::size_t body_bytes_max = limits::request_body_bytes_max;
  std::size_t connections_max = 4096;  ///< One more gets 503 and is closed.
  Duration header_timeout{10'000};     ///< For a whole head, and for the first byte of a fresh connection.
  Duration body_timeout{30'000};       ///< For a whole body.
  Duration idle_timeout{60'000};       ///< Between two requests of a connection.
  Duration write_timeout{30'000};      ///< For a whole response, plus one second for each 64 KiB.
  Duration linger_timeout{1'000};      ///< To let a client read the last response before its connection goes.
};

class HttpServer final {
 public:
  /// Binds and listens; clients may connect from here on and are served once run() is called. Errors:
  /// invalid_argument for an address that is none or no io thread, io when the port cannot be had.
  static Result<std::unique_ptr<HttpServer>> listen(HttpOptions options, Handler handler);

  /// REQUIRES: run() is not running. Replies may still be called afterwards, without effect.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port that is listened on.
  std::uint16_t port() const;

  /// Connections from here on shake hands with that one. REQUIRES: the server began with TLS, and it is not null. Any thread.
  void use_tls(std::shared_ptr<boost::asio::ssl::context> tls);

  /// Open connections. Any thread.
  std::size_t connection_count() const;

  /// Serves until stop() has been called and the connections are gone. Once per server.
  void run();

  /// Begins draining and returns at once: nothing new is accepted, idle connections close, requests under way get
  /// their answers with "Connection: close". What is left after `grace` is cut off. Any thread, also a handler; may be
  /// called again to shorten or lengthen the grace. Not from a signal handler.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace ingot::dispatch
