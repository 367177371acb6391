// SPDX-License-Identifier: Apache-2.0
#pragma once
// A connection's bytes, in the clear or through TLS, behind one interface: an AsyncStream in Asio's words. Private to dispatch. Used on one thread.
//
// The executor is the io_context's own type: Asio's any_io_executor asks through a table at every step of every operation.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <utility>
#include <variant>

namespace ingot::dispatch {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// A coroutine on that executor.
template <typename Value>
using Awaitable = boost::asio::awaitable<Value, Executor>;

class HttpStream {  // not final: Asio derives from what it is given to look at it
 public:
  using executor_type = Executor;
  using Secured = boost::asio::ssl::stream<Socket>;

  /// `tls` null: in the clear.
  HttpStream(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls) : tls_(std::move(tls)), stream_(make(std::move(socket), tls_.get())) {}

  executor_type get_executor() { return socket().get_executor(); }
  /// The connection under it.
  Socket& socket() {
    if (auto* const secured = this->secured()) return secured->next_layer();
    return std::get<Socket>(stream_);
  }
  /// Null: in the clear.
  Secured* secured() { return std::get_if<Secured>(&stream_); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (auto* const secured = this->secured()) return secured->async_read_some(buffers, std::forward<Token>(token));
    return std::get<Socket>(stream_).async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (auto* const secured = this->secured()) return secured->async_write_some(buffers, std::forward<Token>(token));
    return std::get<Socket>(stream_).async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  using Either = std::variant<Socket, Secured>;
  static Either make(Socket socket, boost::asio::ssl::context* tls) {
    if (tls != nullptr) return Either(std::in_place_type<Secured>, std::move(socket), *tls);
    return Either(std::in_place_type<Socket>, std::move(socket));
  }

  std::shared_ptr<boost::asio::ssl::context> tls_;  ///< the session's own count: a reload may have put another in its place
  Either stream_;
};

}  // namespace ingot::dispatch
