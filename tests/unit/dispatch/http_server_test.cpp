// SPDX-License-Identifier: Apache-2.0
// The server and well-behaved clients.
#include "dispatch/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include "dispatch/request_id.hpp"
#include "dispatch/worker_pool.hpp"
#include "server_fixture.hpp"

namespace ingot::dispatch {
namespace {

using nlohmann::json;

TEST(HttpServer, Hands_over_a_request_and_sends_the_response) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("POST /a%2Fb?c=d", "X-One: 1\r\nX-One:\t2 \r\n", "body\r\n\r\n"));
  const auto response = client.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), "application/json");
  EXPECT_TRUE(is_request_id(response.headers.at("x-request-id")));
  EXPECT_EQ(response.headers.at("date").substr(25), " GMT");
  EXPECT_EQ(response.headers.count("connection"), 0u);
  const auto seen = json::parse(response.body);
  EXPECT_EQ(seen["method"], "POST");
  EXPECT_EQ(seen["path"], "/a%2Fb");
  EXPECT_EQ(seen["query"], "c=d");
  EXPECT_EQ(seen["body"], "body\r\n\r\n");
  EXPECT_EQ(seen["remote"], "127.0.0.1");
  EXPECT_EQ(seen["headers"], json::parse(R"([["Host","t"],["X-One","1"],["X-One","2"],["Content-Length","8"]])"));
}

TEST(HttpServer, Takes_a_sane_request_id_and_replaces_any_other) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("GET /", "X-Request-Id: abc-1.2_3\r\n"));
  EXPECT_EQ(client.read().headers.at("x-request-id"), "abc-1.2_3");
  client.send(request_text("GET /", "X-Request-Id: <script>\r\n"));
  EXPECT_NE(client.read().headers.at("x-request-id"), "<script>");
}

TEST(HttpServer, Keeps_a_connection_for_many_requests) {
  RunningServer server(echo);
  auto client = server.connect();
  for (int i = 0; i < 300; ++i) {
    client.send(request_text("GET /" + std::to_string(i)));
    EXPECT_EQ(json::parse(client.read().body)["path"], "/" + std::to_string(i));
  }
  EXPECT_EQ(server->connection_count(), 1u);
}

TEST(HttpServer, Answers_pipelined_requests_in_order_even_when_replies_come_late) {
  WorkerPool pool(4, 1000);
  RunningServer server([&pool](HttpRequest request, const Reply& reply) {
    // The later the request, the sooner its answer would be ready.
    const auto delay = 20ms / (1 + std::stoi(request.path.substr(1)));
    pool.try_submit([request = std::move(request), reply, delay] {
      std::this_thread::sleep_for(delay);
      echo(request, reply);
    });
  });
  auto client = server.connect();
  std::string all;
  for (int i = 0; i < 100; ++i) all += request_text("POST /" + std::to_string(i), "", std::string(std::size_t(i), 'x'));
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    const auto seen = json::parse(client.read().body);
    EXPECT_EQ(seen["path"], "/" + std::to_string(i));
    EXPECT_EQ(seen["body"].get<std::string>().size(), std::size_t(i));
  }
}

TEST(HttpServer, Understands_a_request_cut_anywhere) {
  RunningServer server(echo);
  const std::string text = "\r\n" + request_text("POST /x", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n";
  auto client = server.connect();
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    client.send(text.substr(0, cut));
    std::this_thread::sleep_for(1ms);
    client.send(text.substr(cut));
    EXPECT_EQ(json::parse(client.read().body)["body"], "abc") << cut;
  }
}

TEST(HttpServer, Reads_chunked_bodies_and_drops_their_trailers) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("POST /", "Transfer-Encoding: chunked\r\n") +
              "4;name=value\r\nWiki\r\n00A\r\n0123456789\r\n0\r\nAuthorization: Bearer smuggled\r\n\r\n" + request_text("GET /next"));
  const auto seen = json::parse(client.read().body);
  EXPECT_EQ(seen["body"], "Wiki0123456789");
  EXPECT_EQ(seen["headers"].dump().find("smuggled"), std::string::npos);
  EXPECT_EQ(json::parse(client.read().body)["path"], "/next");
}

TEST(HttpServer, Head_gets_the_length_and_no_body) {
  RunningServer server([](HttpRequest, const Reply& reply) { reply({200, {}, "12345"}); });
  auto client = server.connect();
  client.send(request_text("HEAD /"));
  EXPECT_EQ(client.read(true).headers.at("content-length"), "5");
  client.send(request_text("GET /"));  // in step: no body bytes were left over
  EXPECT_EQ(client.read().body, "12345");
}

TEST(HttpServer, Sends_no_body_with_204) {
  RunningServer server([](HttpRequest, const Reply& reply) { reply({204, {}, "ignored"}); });
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    client.send(request_text("DELETE /"));
    const auto response = client.read();
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.headers.count("content-length"), 0u);
  }
}

TEST(HttpServer, Honours_connection_close) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("GET /", "Connection: Close\r\n") + request_text("GET /never"));
  const auto response = client.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, Speaks_http_1_0) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read().headers.at("connection"), "keep-alive");
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read().headers.at("connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, Answers_a_client_that_has_finished_sending) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("GET /"));
  client.finish_sending();
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, Says_continue_to_who_waits_for_it) {
  RunningServer server(echo);
  auto client = server.connect();
  client.send(request_text("POST /", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
  EXPECT_EQ(client.read().status, 100);
  client.send("abc");
  EXPECT_EQ(json::parse(client.read().body)["body"], "abc");
  client.send(request_text("GET /", "Expect: 100-continue\r\n"));  // no body: nothing to wait for
  EXPECT_EQ(client.read().status, 200);
  client.send(request_text("POST /", "Expect: 100-continue\r\nContent-Length: 99999999\r\n"));
  expect_error(client.read(), 413, "PAYLOAD_TOO_LARGE");
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, A_reply_that_is_dropped_becomes_500) {
  RunningServer server([](HttpRequest, const Reply&) {});
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    client.send(request_text("GET /"));
    expect_error(client.read(), 500, "INTERNAL_ERROR");
  }
}

TEST(HttpServer, A_handler_that_throws_becomes_500) {
  RunningServer server([](HttpRequest, const Reply&) { throw std::runtime_error("handler"); });
  auto client = server.connect();
  client.send(request_text("GET /"));
  expect_error(client.read(), 500, "INTERNAL_ERROR");
}

TEST(HttpServer, Only_the_first_reply_counts) {
  RunningServer server([](HttpRequest, const Reply& reply) {
    reply({200, {}, "first"});
    std::thread([reply] { reply({200, {}, "third"}); }).detach();
    reply({200, {}, "second"});
  });
  auto client = server.connect();
  for (int i = 0; i < 50; ++i) {
    client.send(request_text("GET /"));
    EXPECT_EQ(client.read().body, "first");
  }
  std::this_thread::sleep_for(20ms);
}

TEST(HttpServer, A_response_that_cannot_be_sent_becomes_500) {
  RunningServer server([](HttpRequest request, const Reply& reply) {
    if (request.path == "/split") reply({200, {{"a", "b\r\nset-cookie: c"}}, ""});
    if (request.path == "/status") reply({100, {}, ""});
  });
  auto client = server.connect();
  for (const char* path : {"/split", "/status"}) {
    client.send(request_text(std::string("GET ") + path));
    const auto response = client.read();
    expect_error(response, 500, "INTERNAL_ERROR");
    EXPECT_EQ(response.headers.count("set-cookie"), 0u);
  }
}

TEST(HttpServer, Sends_large_bodies_whole) {
  const std::string large(8 * limits::MiB, 'x');
  RunningServer server([&large](HttpRequest, const Reply& reply) { reply({200, {}, large}); });
  auto client = server.connect();
  client.send(request_text("GET /"));
  EXPECT_EQ(client.read().body, large);
}

TEST(HttpServer, Says_503_when_the_worker_pool_is_full) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> accepted = 0;
  WorkerPool pool(1, 1);
  RunningServer server([&pool, &accepted, open](HttpRequest request, const Reply& reply) {
    const bool taken = pool.try_submit([reply, open] {
      open.wait();
      reply({});
    });
    if (!taken) return reply(refusal_response({503, "", ""}, request.request_id));
    ++accepted;
  });
  std::vector<RawClient> waiting;
  for (int i = 0; i < 2; ++i) {  // one runs, one waits
    waiting.push_back(server.connect());
    waiting.back().send(request_text("GET /"));
  }
  while (accepted < 2) std::this_thread::sleep_for(1ms);
  auto third = server.connect();
  third.send(request_text("GET /"));
  const auto response = third.read();
  expect_error(response, 503, "UNAVAILABLE");
  EXPECT_EQ(response.headers.at("retry-after"), "1");
  gate.set_value();
  for (RawClient& client : waiting) EXPECT_EQ(client.read().status, 200);
}

TEST(HttpServer, Serves_several_hundred_connections_at_once) {
  std::mutex mutex;
  std::vector<Reply> replies;
  HttpOptions options;
  options.io_threads = 2;
  RunningServer server(
      [&](HttpRequest request, const Reply& reply) {
        if (request.path == "/now") return echo(std::move(request), reply);
        const std::lock_guard lock(mutex);
        replies.push_back(reply);
      },
      options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 400; ++i) {
    clients.push_back(server.connect());
    ASSERT_TRUE(clients.back().send(request_text("GET /wait")));
  }
  const auto waiting = [&] {
    const std::lock_guard lock(mutex);
    return replies.size();
  };
  while (waiting() < 400) std::this_thread::sleep_for(1ms);  // none of them waits for another one's thread
  auto other = server.connect();
  other.send(request_text("GET /now"));
  EXPECT_EQ(other.read().status, 200);
  for (const Reply& reply : replies) reply({});
  replies.clear();
  for (RawClient& client : clients) EXPECT_EQ(client.read().status, 200);
}

TEST(HttpServer, Serves_many_clients_from_many_threads) {
  WorkerPool pool(4, 100'000);
  HttpOptions options;
  options.io_threads = 4;
  RunningServer server([&pool](HttpRequest request,
                               const Reply& reply) { pool.try_submit([request = std::move(request), reply] { echo(request, reply); }); },
                       options);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&server, &good, t] {
      for (int c = 0; c < 10; ++c) {
        auto client = server.connect();
        for (int i = 0; i < 20; ++i) {
          const std::string path = "/" + std::to_string(t) + "/" + std::to_string(c) + "/" + std::to_string(i);
          client.send(request_text("GET " + path));
          good += json::parse(client.read().body)["path"] == path;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 10 * 20);
}

TEST(HttpServer, Refuses_an_address_that_cannot_be_had) {
  HttpOptions options;
  options.address = "localhost.invalid";
  EXPECT_EQ(HttpServer::listen(options, echo).error().code, ErrorCode::invalid_argument);
  RunningServer server(echo);
  options.address = "127.0.0.1";
  options.port = server->port();
  const auto taken = HttpServer::listen(options, echo);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, ErrorCode::io);
  EXPECT_NE(taken.error().message.find(std::to_string(options.port)), std::string::npos);
}

TEST(HttpServer, May_be_destroyed_without_having_run) {
  auto server = HttpServer::listen({}, echo);
  ASSERT_TRUE(server.ok());
  RawClient client((*server)->port());
  client.send(request_text("GET /"));
  server->reset();
  EXPECT_EQ(client.read().status, 0);
}

}  // namespace
}  // namespace ingot::dispatch
