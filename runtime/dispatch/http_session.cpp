// SPDX-License-Identifier: Apache-2.0
#include "dispatch/http_session.hpp"

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "dispatch/head_check.hpp"
#include "dispatch/head_scanner.hpp"
#include "dispatch/request_id.hpp"
#include "dispatch/response_head.hpp"

namespace ingot::dispatch {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr auto as_result = net::as_tuple(net::use_awaitable_t<Executor>());
constexpr std::size_t first_read_bytes = 4 * limits::KiB;
constexpr std::size_t read_bytes = 16 * limits::KiB;
constexpr std::size_t write_bytes_per_second_min = 64 * limits::KiB;
constexpr std::size_t linger_bytes_max = 16 * limits::MiB;

std::string_view text_of(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

/// RFC 9112 2.2: empty lines before a request line are skipped. Returns whether there were any.
bool skip_empty_lines(boost::beast::flat_buffer& buffer) {
  bool skipped = false;
  for (; text_of(buffer).starts_with("\r\n"); skipped = true) buffer.consume(2);
  return skipped;
}

/// A request line that ends in a version of HTTP, but not in one that is spoken here.
bool asks_other_version(std::string_view head) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]) &&
         version != "HTTP/1.0" && version != "HTTP/1.1";
}

Refusal refusal_for(error_code error, std::string_view head) {
  if (error == http::error::body_limit) return {413, "", ""};
  if (error == http::error::header_limit) return {431, "", ""};
  if (error == http::error::bad_version && asks_other_version(head)) return {505, "", ""};
  return {400, "", "The request is malformed: " + error.message() + "."};
}

/// The client went away or was too slow, as opposed to having sent something wrong.
bool is_loss(error_code error) {
  return error.category() != http::make_error_code(http::error::bad_method).category() || error == http::error::end_of_stream ||
         error == http::error::partial_message;
}

std::vector<Header> headers_of(const Parser& parser) {
  std::vector<Header> headers;
  constexpr std::size_t usual_count = 8;
  headers.reserve(usual_count);
  for (const auto& field : parser.get()) headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return headers;
}

}  // namespace

/// Where a reply goes. Shared by all copies of one Reply; its end without an answer is an answer.
class HttpSession::ReplySlot {
 public:
  ReplySlot(std::shared_ptr<net::io_context> context, const std::shared_ptr<HttpSession>& session)
      : context_(std::move(context)), executor_(session->stream_.get_executor()), session_(session) {}
  ReplySlot(const ReplySlot&) = delete;
  ReplySlot& operator=(const ReplySlot&) = delete;

  ~ReplySlot() {
    try {
      answer(std::nullopt);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the connection waits for the end of the server
    }
  }

  /// Nothing: there will be no answer, which the session makes one of.
  void answer(std::optional<HttpResponse> response) {
    if (answered_.exchange(true)) return;
    net::post(executor_, [weak = session_, response = std::move(response)]() mutable {
      const auto session = weak.lock();
      if (!session) return;
      session->response_ = std::move(response);
      session->reply_.wake();
    });
  }

 private:
  std::shared_ptr<net::io_context> context_;  // first: the executor below is of no use without it
  Executor executor_;
  std::weak_ptr<HttpSession> session_;
  std::atomic<bool> answered_ = false;
};

HttpSession::HttpSession(Socket socket, std::shared_ptr<SessionRegistry> registry, std::weak_ptr<net::io_context> context,
                         std::shared_ptr<net::ssl::context> tls)
    : registry_(std::move(registry)),
      context_(std::move(context)),
      stream_(std::move(socket), std::move(tls)),
      // A head at its limit may come together with a read full of what follows it.
      buffer_(registry_->options().header_bytes_max + 2 * read_bytes),
      patience_(stream_.get_executor()) {
  error_code error;
  const auto remote = stream_.socket().remote_endpoint(error);
  if (!error) remote_address_ = remote.address().to_string();
}

void HttpSession::start() {
  registry_->add(shared_from_this());
  net::co_spawn(
      stream_.get_executor(), [self = shared_from_this()] { return self->serve(); },
      [self = shared_from_this()](const std::exception_ptr&) {  // only memory can have run out
        self->close();
        self->registry_->remove(self.get());
      });
}

void HttpSession::close_if_idle() {
  net::post(stream_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    if (self->idle_) std::ignore = self->stream_.socket().cancel(ignored);
  });
}

void HttpSession::abort() {
  net::post(stream_.get_executor(), [self = shared_from_this()] {
    self->aborted_ = true;
    self->close();
    self->reply_.wake();
  });
}

void HttpSession::out_of_patience() { close(); }

void HttpSession::close() {
  error_code ignored;
  std::ignore = stream_.socket().close(ignored);
}

Awaitable<void> HttpSession::serve() {
  if (stream_.secured() != nullptr && !co_await shake_hands()) co_return;
  for (bool fresh = true; co_await wait_for_first_byte(fresh); fresh = false) {
    Exchange exchange;
    exchange.request.received_at = std::chrono::steady_clock::now();
    exchange.request.remote_address = remote_address_;
    Refusal refusal;
    const Read read = co_await read_request(exchange, refusal);
    if (read == Read::lost) co_return;

    // From here on there is a request id, and the client gets an answer.
    HttpResponse response;
    bool keep_alive = false;
    if (read == Read::refused) {
      if (exchange.request.request_id.empty()) exchange.request.request_id = make_request_id();
      response = refusal_response(refusal, exchange.request.request_id);
    } else {
      // The handler takes the request; what the response's head needs stays.
      Exchange kept{.request = {}, .keep_alive = exchange.keep_alive, .is_1_0 = exchange.is_1_0};
      kept.request.method = exchange.request.method;
      kept.request.request_id = exchange.request.request_id;
      response = co_await call_handler(std::move(exchange.request), kept.request.request_id);
      exchange = std::move(kept);
      keep_alive = exchange.keep_alive && !registry_->draining();
    }
    if (!co_await write_response(exchange, keep_alive, std::move(response))) co_return;
    if (!keep_alive) {
      co_await linger();
      co_return;
    }
  }
}

/// A client that speaks HTTP in the clear is told in its own language.
Awaitable<bool> HttpSession::shake_hands() {
  constexpr char handshake_record = 0x16;  // RFC 8446 5.1
  Socket& tcp = stream_.socket();
  allow(registry_->options().header_timeout);
  idle_ = true;
  boost::beast::flat_buffer first;
  const auto [error, bytes] = co_await tcp.async_read_some(first.prepare(first_read_bytes), as_result);
  idle_ = false;
  if (error) co_return false;
  first.commit(bytes);
  if (text_of(first).front() == handshake_record) {
    const auto [refused, used] = co_await stream_.secured()->async_handshake(net::ssl::stream_base::server, first.data(), as_result);
    if (refused) co_return false;
    // What came behind the handshake's own bytes is the stream's already.
    co_return true;
  }
  const std::string id = make_request_id();
  const HttpResponse response = refusal_response({400, "", "This port speaks HTTPS: begin the address with https://"}, id);
  const std::string text = response_head(response, {.keep_alive = false, .request_id = id, .now = std::chrono::system_clock::now()}) + response.body;
  const auto [write_error, sent] = co_await net::async_write(tcp, net::buffer(text), as_result);
  error_code ignored;
  std::ignore = tcp.shutdown(Socket::shutdown_send, ignored);
  for (std::size_t dropped = 0; !write_error && dropped < linger_bytes_max;) {
    const auto [lost, more] = co_await tcp.async_read_some(first.prepare(first_read_bytes), as_result);
    if (lost) break;
    dropped += more;
  }
  co_return false;
}

Awaitable<bool> HttpSession::wait_for_first_byte(bool fresh) {
  skip_empty_lines(buffer_);
  if (registry_->draining()) co_return false;
  if (buffer_.size() > 0) co_return true;
  // An idle connection keeps no more memory than a small request needs.
  if (buffer_.capacity() > 2 * first_read_bytes) buffer_.shrink_to_fit();
  allow(fresh ? registry_->options().header_timeout : registry_->options().idle_timeout);
  idle_ = true;
  const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(first_read_bytes), as_result);
  idle_ = false;
  buffer_.commit(bytes);
  co_return !error;
}

Awaitable<HttpSession::Read> HttpSession::read_head(std::size_t& head_bytes, Refusal& refusal) {
  HeadScanner scanner(registry_->options().header_bytes_max);
  allow(registry_->options().header_timeout);
  for (;;) {
    // The scanner has seen no more than the beginning of an empty line when one turns up here.
    if (skip_empty_lines(buffer_)) scanner = HeadScanner(registry_->options().header_bytes_max);
    switch (scanner.scan(text_of(buffer_))) {
      case HeadScanner::State::complete:
        head_bytes = scanner.head_bytes();
        co_return Read::complete;
      case HeadScanner::State::malformed:
        refusal = {400, "", "The request head is malformed."};
        co_return Read::refused;
      case HeadScanner::State::head_too_large:
        refusal = {431, "", ""};
        co_return Read::refused;
      case HeadScanner::State::line_too_long:
        refusal = {414, "", ""};
        co_return Read::refused;
      case HeadScanner::State::incomplete:
        break;
    }
    const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(read_bytes), as_result);
    buffer_.commit(bytes);
    if (error) co_return Read::lost;
  }
}

Awaitable<HttpSession::Read> HttpSession::read_request(Exchange& exchange, Refusal& refusal) {
  const HttpOptions& options = registry_->options();
  HttpRequest& request = exchange.request;
  std::size_t head_bytes = 0;
  if (const Read read = co_await read_head(head_bytes, refusal); read != Read::complete) co_return read;

  // Parse the head. The parser sees all of it at once and nothing else.
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(head_bytes + 1));
  parser.body_limit(options.body_bytes_max);
  error_code error;
  const std::string_view head = text_of(buffer_).substr(0, head_bytes);
  parser.put(net::buffer(head), error);
  if (error || !parser.is_header_done()) {
    refusal = refusal_for(error, head);
    co_return Read::refused;
  }
  buffer_.consume(head_bytes);
  request.method = std::string(parser.get().method_string());
  request.headers = headers_of(parser);
  request.request_id = choose_request_id(find_header(request.headers, "x-request-id"));
  exchange.is_1_0 = parser.get().version() == 10;
  auto facts = check_head(request.method, std::string_view(parser.get().target()),
                          exchange.is_1_0 ? HttpVersion::http_1_0 : HttpVersion::http_1_1, request.headers);
  if (auto* fault = std::get_if<Refusal>(&facts)) {
    refusal = std::move(*fault);
    co_return Read::refused;
  }
  auto& known = std::get<HeadFacts>(facts);
  request.path = std::move(known.path);
  request.query = std::move(known.query);
  exchange.keep_alive = parser.keep_alive();

  // Beyond this point the head stands; only the body can still be refused.
  allow(options.body_timeout);
  if (known.expects_continue && !parser.is_done() && buffer_.size() == 0) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [write_error, sent] = co_await net::async_write(stream_, net::buffer(go_on), as_result);
    if (write_error) co_return Read::lost;
  }
  if (!parser.is_done()) {
    const auto [read_error, bytes] = co_await http::async_read(stream_, buffer_, parser, as_result);
    if (read_error) {
      refusal = refusal_for(read_error, {});
      co_return is_loss(read_error) ? Read::lost : Read::refused;
    }
  }
  request.body = std::move(parser.get().body());
  co_return Read::complete;
}

Awaitable<HttpResponse> HttpSession::call_handler(HttpRequest request, const std::string& request_id) {
  response_.reset();
  {
    auto slot = std::make_shared<ReplySlot>(context_.lock(), shared_from_this());
    try {
      registry_->handler()(std::move(request), [slot = std::move(slot)](HttpResponse response) { slot->answer(std::move(response)); });
    } catch (...) {  // NOLINT(bugprone-empty-catch): the handler's last copy of the reply answers when it dies
    }
  }
  // A reply arrives as a task on this thread, so none can slip in between the check and the wait.
  // How long it may take is the handler's affair.
  patience_.be_endless();
  if (!response_ && !aborted_) co_await reply_.wait();
  if (!response_ || !is_sendable(*response_)) co_return refusal_response({500, "", ""}, request_id);
  co_return std::move(*response_);
}

Awaitable<bool> HttpSession::write_response(const Exchange& exchange, bool keep_alive, HttpResponse response) {
  const bool answers_head = exchange.request.method == "HEAD";
  std::string head = response_head(response, {.keep_alive = keep_alive,
                                              .answers_1_0 = exchange.is_1_0,
                                              .answers_head = answers_head,
                                              .request_id = exchange.request.request_id,
                                              .now = std::chrono::system_clock::now()});
  const auto slack = std::chrono::seconds(response.body.size() / write_bytes_per_second_min);
  allow(registry_->options().write_timeout + slack);
  const bool has_body = sends_body(response.status, answers_head);
  if (!has_body || response.body.size() <= copied_body_bytes_max) {
    if (has_body) head += response.body;
    const auto [error, bytes] = co_await net::async_write(stream_, net::buffer(head), as_result);
    co_return !error;
  }
  const std::array<net::const_buffer, 2> pieces = {net::buffer(head), net::buffer(response.body)};
  const auto [error, bytes] = co_await net::async_write(stream_, pieces, as_result);
  co_return !error;
}

// RFC 9112 9.6: closing a socket with unread bytes in it makes the kernel send a reset, which can destroy the response
// before the client has read it. So: say that nothing more comes, read until the client closes too, then close.
Awaitable<void> HttpSession::linger() {
  allow(registry_->options().linger_timeout);
  if (stream_.secured() != nullptr) {
    // The end of what was sent is said inside TLS too (RFC 8446 6.1), or the client must take it for cut off.
    std::ignore = co_await stream_.secured()->async_shutdown(as_result);
  }
  error_code ignored;
  std::ignore = stream_.socket().shutdown(Socket::shutdown_send, ignored);
  buffer_.clear();
  std::size_t dropped = 0;
  while (dropped < linger_bytes_max) {
    const auto [error, bytes] = co_await stream_.socket().async_read_some(buffer_.prepare(read_bytes), as_result);
    if (error) break;
    dropped += bytes;
  }
}

}  // namespace ingot::dispatch
