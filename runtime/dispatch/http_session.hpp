// SPDX-License-Identifier: Apache-2.0
#pragma once
// One connection of the HTTP server, told as one coroutine on one thread; with TLS it begins with a handshake. Private to dispatch: this header
// brings in Asio and Beast.
//
//            +------------------------- keep-alive -------------------------+
//            v                                                              |
//   idle --first byte--> reading --complete--> handling --reply--> writing -+--close--> lingering --> gone
//     |                     |  \--refused------------------------->/ |
//     +--timeout, EOF, drain+--timeout, EOF--> gone                  +--timeout, error--> gone
//
// Lifetime: the coroutine owns the session; it is suspended in the io_context in every state, so a session dies with
// the io_context at the latest. While `handling` it waits on a timer that a reply cancels: the handler's Reply holds no
// session, only a way to find one, and may outlive everything.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "dispatch/http_message.hpp"
#include "dispatch/http_stream.hpp"
#include "dispatch/session_registry.hpp"

namespace ingot::dispatch {

class HttpSession final : public std::enable_shared_from_this<HttpSession> {
 public:
  /// REQUIRES: the socket's executor runs one thing at a time. `context` is the io_context under it. `tls` null: in the clear.
  HttpSession(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionRegistry> registry,
              std::weak_ptr<boost::asio::io_context> context, std::shared_ptr<boost::asio::ssl::context> tls);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  /// Registers the session and spawns its coroutine. Any thread, once.
  void start();

  /// Closes the connection if it is idle. Any thread; takes effect on its thread.
  void close_if_idle();

  /// Closes the connection at once, whatever it does. Any thread; takes effect on its thread.
  void abort();

 private:
  class ReplySlot;

  /// One request on its way through the states.
  struct Exchange {
    HttpRequest request;
    bool keep_alive = false;
    bool is_1_0 = false;
  };
  enum class Read { complete, refused, lost };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<bool> shake_hands();
  boost::asio::awaitable<bool> wait_for_first_byte(bool fresh);
  boost::asio::awaitable<Read> read_request(Exchange& exchange, Refusal& refusal);
  boost::asio::awaitable<Read> read_head(std::string& head, Refusal& refusal);
  boost::asio::awaitable<HttpResponse> call_handler(HttpRequest request);
  boost::asio::awaitable<bool> write_response(const Exchange& exchange, bool keep_alive, HttpResponse response);
  boost::asio::awaitable<void> linger();

  const std::shared_ptr<SessionRegistry> registry_;
  const std::weak_ptr<boost::asio::io_context> context_;

  // Touched on its thread alone from here on.
  HttpStream stream_;
  boost::beast::flat_buffer buffer_;  ///< received and not yet consumed
  boost::asio::steady_timer reply_timer_;
  std::optional<HttpResponse> response_;
  std::string remote_address_;
  bool idle_ = false;
  bool aborted_ = false;
};

}  // namespace ingot::dispatch
