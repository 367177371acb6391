// SPDX-License-Identifier: Apache-2.0
// The server and clients that are wrong, slow, greedy or gone.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "server_fixture.hpp"

namespace ingot::dispatch {
namespace {

/// Sends `text` and expects one refusal and a closed connection; nothing of it may reach the handler.
void expect_refused(const std::string& text, int status, const std::string& code, const HttpOptions& options = {}) {
  SCOPED_TRACE(text.substr(0, 200));
  std::atomic<int> handled = 0;
  RunningServer server(
      [&handled](HttpRequest, const Reply& reply) {
        ++handled;
        reply({});
      },
      options);
  auto client = server.connect();
  client.send(text);
  const auto response = client.read();
  expect_error(response, status, code);
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(handled, 0);
}

TEST(HttpHostile, Malformed_heads_get_400) {
  for (const std::string& text : {std::string("GARBAGE\r\n\r\n"),
                                  std::string("GET /\r\n\r\n"),
                                  std::string("GET  / HTTP/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET / HTTP/1.1 \r\nHost: t\r\n\r\n"),
                                  std::string("G@T / HTTP/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET / HTTX/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET / http/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET /a b HTTP/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nHost t\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nHost : t\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\n: t\r\nHost: t\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nHost: t\r\nX: a\x01\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\nHost: t\n\n"),
                                  std::string("GET / HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n"),
                                  std::string("CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("GET t HTTP/1.1\r\nHost: t\r\n\r\n"),
                                  std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9),
                                  std::string(5, '\0')}) {
    expect_refused(text, 400, "BAD_REQUEST");
  }
}

TEST(HttpHostile, Other_versions_get_505) {
  expect_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP_VERSION_NOT_SUPPORTED");
  expect_refused("GET / HTTP/0.9\r\nHost: t\r\n\r\n", 505, "HTTP_VERSION_NOT_SUPPORTED");
}

// Each of these is read as one request by some servers and as two by others (RFC 9112 11.2).
TEST(HttpHostile, Ambiguous_framing_gets_400_and_the_rest_is_never_read_as_a_request) {
  const std::string smuggled = request_text("GET /smuggled");
  for (const char* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n",
                             "Content-Length: 5\r\nContent-Length: 6\r\n",
                             "Content-Length: 5, 5\r\n",
                             "Content-Length: +5\r\n",
                             "Content-Length: 0x5\r\n",
                             "Content-Length: -1\r\n",
                             "Content-Length:\r\n",
                             "Content-Length: 18446744073709551616\r\n",
                             "Content-Length : 5\r\n",
                             "Transfer-Encoding: xchunked\r\n",
                             "Transfer-Encoding: identity\r\n",
                             "Transfer-Encoding: chunked, identity\r\n",
                             "Transfer-Encoding: \x0b"
                             "chunked\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                             "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
                             "Transfer-Encoding:\r\n chunked\r\n",
                             "X: y\rTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding : chunked\r\n"}) {
    expect_refused(request_text("POST /", fields) + "0\r\n\r\n" + smuggled, 400, "BAD_REQUEST");
  }
  expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400, "BAD_REQUEST");
  expect_refused(request_text("POST /", "Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501, "NOT_IMPLEMENTED");
}

TEST(HttpHostile, Malformed_chunks_get_400) {
  for (const char* body :
       {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\n", "3\nabc\r\n0\r\n\r\n", "\r\n", "0\r\nBad Trailer\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n"}) {
    expect_refused(request_text("POST /", "Transfer-Encoding: chunked\r\n") + body + request_text("GET /smuggled"), 400, "BAD_REQUEST");
  }
}

TEST(HttpHostile, Bodies_are_bounded_to_the_byte) {
  HttpOptions options;
  options.body_bytes_max = 100;
  RunningServer server(echo, options);
  auto client = server.connect();
  client.send(request_text("POST /", "", std::string(100, 'x')));
  EXPECT_EQ(client.read().status, 200);
  client.send(request_text("POST /", "Transfer-Encoding: chunked\r\n") + "32\r\n" + std::string(50, 'x') + "\r\n32\r\n" +
              std::string(50, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().status, 200);
  expect_refused(request_text("POST /", "", std::string(101, 'x')), 413, "PAYLOAD_TOO_LARGE", options);
  expect_refused(request_text("POST /", "Content-Length: 18446744073709551615\r\n"), 413, "PAYLOAD_TOO_LARGE", options);
  expect_refused(request_text("POST /", "Transfer-Encoding: chunked\r\n") + "32\r\n" + std::string(50, 'x') + "\r\n33\r\n", 413,
                 "PAYLOAD_TOO_LARGE", options);
  expect_refused(request_text("POST /", "Transfer-Encoding: chunked\r\n") + "FFFFFFFFFFFFFFFF\r\n", 413, "PAYLOAD_TOO_LARGE", options);
}

TEST(HttpHostile, A_client_still_sending_its_large_body_can_read_the_413) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("POST /", "Content-Length: 8000000\r\n"));
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(client.send(std::string(8'000'000, 'x')));
  expect_error(client.read(), 413, "PAYLOAD_TOO_LARGE");
}

TEST(HttpHostile, Heads_are_bounded_to_the_byte) {
  HttpOptions options;
  options.header_bytes_max = 200;
  const auto head_of = [](std::size_t bytes) {
    const std::string frame = request_text("GET /", "X: \r\n");
    return request_text("GET /", "X: " + std::string(bytes - frame.size(), 'x') + "\r\n");
  };
  RunningServer server(echo, options);
  auto client = server.connect();
  client.send(head_of(200));
  EXPECT_EQ(client.read().status, 200);
  expect_refused(head_of(201), 431, "HEADERS_TOO_LARGE", options);
  expect_refused(request_text("GET /" + std::string(300, 'x')), 414, "URI_TOO_LONG", options);
  expect_refused(head_of(100'000), 431, "HEADERS_TOO_LARGE", options);
  std::string endless = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) endless += "A: b\r\n";
  expect_refused(endless, 431, "HEADERS_TOO_LARGE");
}

TEST(HttpHostile, An_endless_chunk_extension_or_trailer_is_refused) {
  const std::string head = request_text("POST /", "Transfer-Encoding: chunked\r\n");
  expect_refused(head + "3;" + std::string(200'000, 'x'), 400, "BAD_REQUEST");
  expect_refused(head + "0\r\nX: " + std::string(200'000, 'x'), 400, "BAD_REQUEST");
}

TEST(HttpHostile, Slow_heads_bodies_and_idle_connections_are_closed) {
  HttpOptions options;
  options.header_timeout = 100ms;
  options.body_timeout = 100ms;
  options.idle_timeout = 100ms;
  RunningServer server(echo, options);
  auto silent = server.connect();
  auto slow_head = server.connect();
  slow_head.send("GET / HTTP/1.1\r\nHo");
  auto slow_body = server.connect();
  slow_body.send(request_text("POST /", "Content-Length: 10\r\n") + "abc");
  auto slow_chunk = server.connect();
  slow_chunk.send(request_text("POST /", "Transfer-Encoding: chunked\r\n") + "5\r\nab");
  auto idle = server.connect();
  idle.send(request_text("GET /"));
  EXPECT_EQ(idle.read().status, 200);
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(slow_head.closed());
  EXPECT_TRUE(slow_body.closed());
  EXPECT_TRUE(slow_chunk.closed());
  EXPECT_TRUE(idle.closed());
}

TEST(HttpHostile, A_drip_of_bytes_does_not_extend_the_header_timeout) {
  HttpOptions options;
  options.header_timeout = 150ms;
  RunningServer server(echo, options);
  auto client = server.connect();
  const auto start = std::chrono::steady_clock::now();
  const std::string head = "GET / HTTP/1.1\r\nX: " + std::string(10'000, 'x');
  bool open = true;
  for (std::size_t i = 0; i < head.size() && open; ++i) {
    open = client.send(head.substr(i, 1));
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_FALSE(open);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(HttpHostile, A_client_that_does_not_read_its_response_is_cut_off) {
  HttpOptions options;
  options.write_timeout = 100ms;
  const std::string large(60 * limits::KiB, 'x');
  RunningServer server([&large](HttpRequest, const Reply& reply) { reply({200, {}, large}); }, options);
  RawClient client(server->port(), 4096);
  for (int i = 0; i < 200; ++i) {
    if (!client.send(request_text("GET /"))) break;
  }
  for (int i = 0; i < 300 && server->connection_count() > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server->connection_count(), 0u);
}

TEST(HttpHostile, Clients_that_vanish_at_any_moment_do_no_harm) {
  std::mutex mutex;
  std::vector<Reply> replies;
  RunningServer server([&](HttpRequest request, const Reply& reply) {
    if (request.path == "/now") return reply({});
    const std::lock_guard lock(mutex);
    replies.push_back(reply);
  });
  const std::string text = request_text("POST /late", "", "0123456789");
  for (std::size_t cut = 0; cut <= text.size(); cut += 3) {
    auto client = server.connect();
    client.send(text.substr(0, cut));
    if (cut % 2 == 0) client.reset();
  }
  for (int i = 0; i < 20; ++i) {
    auto client = server.connect();
    client.send(text);
    std::this_thread::sleep_for(2ms);
    if (i % 2 == 0) client.reset();
  }
  std::this_thread::sleep_for(50ms);
  {
    const std::lock_guard lock(mutex);
    EXPECT_GE(replies.size(), 10u);
    for (const Reply& reply : replies) reply({200, {}, std::string(100'000, 'x')});
    replies.clear();
  }
  auto client = server.connect();
  client.send(request_text("GET /now"));
  EXPECT_EQ(client.read().status, 200);
}

TEST(HttpHostile, One_connection_too_many_gets_503) {
  HttpOptions options;
  options.connections_max = 3;
  RunningServer server(echo, options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.connect());
    clients.back().send(request_text("GET /"));
    EXPECT_EQ(clients.back().read().status, 200);
  }
  auto extra = server.connect();
  const auto response = extra.read();
  expect_error(response, 503, "UNAVAILABLE");
  EXPECT_EQ(response.headers.at("retry-after"), "1");
  EXPECT_TRUE(extra.closed());
  clients.pop_back();
  for (int i = 0; i < 300 && server->connection_count() > 2; ++i) std::this_thread::sleep_for(10ms);
  auto next = server.connect();
  next.send(request_text("GET /"));
  EXPECT_EQ(next.read().status, 200);
}

}  // namespace
}  // namespace ingot::dispatch
