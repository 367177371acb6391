// SPDX-License-Identifier: Apache-2.0
#pragma once
// A connection's bytes, in the clear or through TLS, behind one interface: an AsyncStream in Asio's words. Private to dispatch. Used on one thread.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <utility>
#include <variant>

namespace ingot::dispatch {

class HttpStream {  // not final: Asio derives from what it is given to look at it
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;
  using Secured = boost::asio::ssl::stream<boost::beast::tcp_stream>;

  /// `tls` null: in the clear.
  HttpStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls) : tls_(std::move(tls)), stream_(make(std::move(socket), tls_.get())) {}

  executor_type get_executor() { return tcp().get_executor(); }
  /// The connection under it, with its timer.
  boost::beast::tcp_stream& tcp() {
    if (auto* const secured = this->secured()) return secured->next_layer();
    return std::get<boost::beast::tcp_stream>(stream_);
  }
  /// Null: in the clear.
  Secured* secured() { return std::get_if<Secured>(&stream_); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (auto* const secured = this->secured()) return secured->async_read_some(buffers, std::forward<Token>(token));
    return std::get<boost::beast::tcp_stream>(stream_).async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (auto* const secured = this->secured()) return secured->async_write_some(buffers, std::forward<Token>(token));
    return std::get<boost::beast::tcp_stream>(stream_).async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  using Either = std::variant<boost::beast::tcp_stream, Secured>;
  static Either make(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls) {
    if (tls != nullptr) return Either(std::in_place_type<Secured>, boost::beast::tcp_stream(std::move(socket)), *tls);
    return Either(std::in_place_type<boost::beast::tcp_stream>, std::move(socket));
  }

  std::shared_ptr<boost::asio::ssl::context> tls_;  ///< the session's own count: a reload may have put another in its place
  Either stream_;
};

}  // namespace ingot::dispatch
