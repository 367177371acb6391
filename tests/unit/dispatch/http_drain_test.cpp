// SPDX-License-Identifier: Apache-2.0
// The end of a server's life, in every state that its connections can be in.
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <vector>

#include "server_fixture.hpp"

namespace ingot::dispatch {
namespace {

/// A handler that keeps its reply for the test.
class Holder {
 public:
  Handler handler() {
    return [this](HttpRequest, Reply reply) { replies_.set_value(std::move(reply)); };
  }
  Reply wait() { return replies_.get_future().get(); }

 private:
  std::promise<Reply> replies_;
};

TEST(HttpDrain, Finishes_a_request_in_flight_and_closes_the_idle) {
  Holder holder;
  RunningServer server(holder.handler());
  auto idle = server.connect();
  auto busy = server.connect();
  busy.send(request_text("GET /"));
  Reply reply = holder.wait();
  server->stop(10s);
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(RawClient(server->port()).connected());
  reply({200, {}, "late"});
  const auto response = busy.read();
  EXPECT_EQ(response.body, "late");
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(busy.closed());
  busy.close();
  server.finish();
}

TEST(HttpDrain, Returns_at_once_when_nothing_is_open) {
  RunningServer server(echo);
  const auto start = std::chrono::steady_clock::now();
  server.stop(60s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(HttpDrain, A_stop_before_run_makes_run_return) {
  auto server = HttpServer::listen({}, echo);
  ASSERT_TRUE(server.ok());
  (*server)->stop(60s);
  (*server)->run();
}

TEST(HttpDrain, Cuts_off_what_is_left_after_the_grace) {
  Holder holder;
  RunningServer server(holder.handler());
  auto busy = server.connect();
  busy.send(request_text("GET /"));
  const Reply reply = holder.wait();
  auto half = server.connect();
  half.send("GET / HT");
  std::this_thread::sleep_for(20ms);
  server.stop(100ms);
  EXPECT_EQ(busy.read().status, 0);
  EXPECT_EQ(half.read().status, 0);
  reply({});  // to nobody
}

TEST(HttpDrain, A_reply_may_outlive_the_server) {
  std::optional<Reply> reply;
  {
    Holder holder;
    RunningServer server(holder.handler());
    auto client = server.connect();
    client.send(request_text("GET /"));
    reply = holder.wait();
    server.stop(0ms);
  }
  (*reply)({200, {}, "into the void"});
  const Reply copy = *reply;
  reply.reset();
  copy({});
}

TEST(HttpDrain, A_dropped_reply_may_outlive_the_server) {
  std::optional<Reply> reply;
  {
    Holder holder;
    RunningServer server(holder.handler());
    auto client = server.connect();
    client.send(request_text("GET /"));
    reply = holder.wait();
    server.stop(0ms);
  }
  reply.reset();
}

TEST(HttpDrain, A_second_stop_shortens_the_grace) {
  Holder holder;
  RunningServer server(holder.handler());
  auto busy = server.connect();
  busy.send(request_text("GET /"));
  const Reply reply = holder.wait();
  const auto start = std::chrono::steady_clock::now();
  server->stop(60s);
  server.stop(0ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(HttpDrain, A_handler_may_stop_its_server) {
  HttpServer* self = nullptr;
  RunningServer server([&self](HttpRequest, const Reply& reply) {
    self->stop(10s);
    reply({});
  });
  self = &*server;
  auto client = server.connect();
  client.send(request_text("GET /"));
  EXPECT_EQ(client.read().status, 200);
  client.close();
  server.finish();
}

TEST(HttpDrain, Under_load_every_request_is_answered_whole_or_not_at_all) {
  HttpOptions options;
  options.io_threads = 2;
  RunningServer server(echo, options);
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([port = server->port()] {
      for (;;) {
        RawClient client(port);
        if (!client.connected()) return;
        for (int i = 0; i < 50; ++i) {
          if (!client.send(request_text("POST /", "", std::string(1000, 'x')))) break;
          const auto response = client.read();
          if (response.status == 0) break;
          EXPECT_EQ(response.status, 200);
        }
      }
    });
  }
  std::this_thread::sleep_for(200ms);
  server.stop(5s);
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace ingot::dispatch
