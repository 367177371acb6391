// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server on a free loopback port that runs in a thread of its own for the length of a test.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "dispatch/http_server.hpp"
#include "raw_client.hpp"

namespace ingot::dispatch {

using namespace std::chrono_literals;

class RunningServer {
 public:
  explicit RunningServer(Handler handler, HttpOptions options = {}) {
    auto server = HttpServer::listen(std::move(options), std::move(handler));
    EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.error().message);
    server_ = std::move(server).value();
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() { stop(0ms); }

  RawClient connect() const { return RawClient(server_->port()); }
  HttpServer& operator*() { return *server_; }
  HttpServer* operator->() { return server_.get(); }

  /// Stops and waits for run() to return.
  void stop(std::chrono::milliseconds grace) {
    if (!thread_.joinable()) return;
    server_->stop(grace);
    thread_.join();
  }
  /// Waits for run() to return after a stop() of the test's own, then destroys the server.
  void finish() {
    thread_.join();
    server_.reset();
  }

 private:
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

/// Answers at once with what it was asked.
inline void echo(HttpRequest request, const Reply& reply) {
  nlohmann::json headers = nlohmann::json::array();
  for (const Header& header : request.headers) headers.push_back({header.name, header.value});
  HttpResponse response;
  response.body = nlohmann::json{{"method", request.method}, {"path", request.path}, {"query", request.query},
                                 {"headers", headers},       {"body", request.body}, {"remote", request.remote_address}}
                      .dump();
  reply(std::move(response));
}

/// A request with a Host field, more fields (each with its CRLF) and a body with its length.
inline std::string request_text(const std::string& line, const std::string& fields = "", const std::string& body = "") {
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return line + " HTTP/1.1\r\nHost: t\r\n" + fields + length + "\r\n" + body;
}

inline void expect_error(const RawResponse& response, int status, const std::string& code) {
  EXPECT_EQ(response.status, status);
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  ASSERT_TRUE(body.is_object()) << response.body;
  EXPECT_EQ(body["error"]["code"], code);
  EXPECT_FALSE(body["error"]["message"].get<std::string>().empty());
  EXPECT_EQ(body["error"]["request_id"], response.headers.at("x-request-id"));
  EXPECT_EQ(response.headers.at("content-type"), "application/json");
}

}  // namespace ingot::dispatch
