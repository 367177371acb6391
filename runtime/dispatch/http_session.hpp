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
// Lifetime: the coroutine owns the session. It is suspended in the io_context in every state but `handling`, so a session dies
// with the io_context at the latest; while `handling` the session holds it, until the reply wakes it, and a reply that is lost
// is an answer too. The handler's Reply holds no session, only a way to find one, and may outlive everything. Timeouts close
// the socket, and the operation in progress says so.

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "dispatch/http_message.hpp"
#include "dispatch/http_stream.hpp"
#include "dispatch/http_waiting.hpp"
#include "dispatch/session_registry.hpp"

namespace ingot::dispatch {

class HttpSession final : public std::enable_shared_from_this<HttpSession> {
 public:
  /// REQUIRES: the socket's executor runs one thing at a time. `context` is the io_context under it. `tls` null: in the clear.
  HttpSession(Socket socket, std::shared_ptr<SessionRegistry> registry,
              std::weak_ptr<boost::asio::io_context> context, std::shared_ptr<boost::asio::ssl::context> tls);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  /// Registers the session and spawns its coroutine. Any thread, once.
  void start();

  /// Closes the connection if it is idle. Any thread; takes effect on its thread.
  void close_if_idle();

  /// Closes the connection at once, whatever it does. Any thread; takes effect on its thread.
  void abort();

  /// Closes the connection: the client takes too long. On its thread.
  void out_of_patience();

 private:
  class ReplySlot;

  /// One request on its way through the states.
  struct Exchange {
    HttpRequest request;
    bool keep_alive = false;
    bool is_1_0 = false;
  };
  enum class Read { complete, refused, lost };

  Awaitable<void> serve();
  Awaitable<bool> shake_hands();
  Awaitable<bool> wait_for_first_byte(bool fresh);
  Awaitable<Read> read_request(Exchange& exchange, Refusal& refusal);
  /// How long the complete head is that `buffer_` begins with.
  Awaitable<Read> read_head(std::size_t& head_bytes, Refusal& refusal);
  Awaitable<HttpResponse> call_handler(HttpRequest request, const std::string& request_id);
  Awaitable<bool> write_response(const Exchange& exchange, bool keep_alive, HttpResponse response);
  Awaitable<void> linger();
  void close();
  /// What happens next must have happened by then.
  void allow(std::chrono::steady_clock::duration time) { patience_.last_for(time, shared_from_this()); }

  const std::shared_ptr<SessionRegistry> registry_;
  const std::weak_ptr<boost::asio::io_context> context_;

  // Touched on its thread alone from here on.
  HttpStream stream_;
  boost::beast::flat_buffer buffer_;  ///< received and not yet consumed
  Patience patience_;
  Wakeup reply_;
  std::optional<HttpResponse> response_;
  std::string remote_address_;
  bool idle_ = false;
  bool aborted_ = false;
};

}  // namespace ingot::dispatch
