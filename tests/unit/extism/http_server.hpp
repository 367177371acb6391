// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server on the loopback interface that answers one request a connection, as the test says.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ingot::test {

class HttpServer {
 public:
  /// From a whole request to a whole response; nothing: no answer, and the connection stays open.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;

  explicit HttpServer(Answer answer) : answer_(std::move(answer)), socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), bytes) != 0 || listen(socket_, 16) != 0) std::abort();
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &bytes);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    over_ = true;
    thread_.join();
    for (const int kept : kept_) close(kept);
    close(socket_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const { return "http://" + host + ":" + std::to_string(port_) + path; }
  /// How many requests came.
  int requests() const { return requests_; }

  static std::string response(const std::string& body, const std::string& status = "200 OK", const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
  }

 private:
  void serve() {
    while (!over_) {
      pollfd waiting{socket_, POLLIN, 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      const auto answer = answer_(read_request(connection));
      ++requests_;
      if (!answer) {
        kept_.push_back(connection);
        continue;
      }
      std::size_t sent = 0;
      while (sent < answer->size()) {
        const ssize_t count = send(connection, answer->data() + sent, answer->size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      close(connection);
    }
  }
  static std::string read_request(int connection) {
    std::string text;
    for (;;) {
      const std::size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t at = text.find("Content-Length: ");
        const std::size_t body = at == std::string::npos ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
        if (text.size() >= end + 4 + body) return text;
      }
      char bytes[4096];
      const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
      if (count <= 0) return text;
      text.append(bytes, static_cast<std::size_t>(count));
    }
  }

  Answer answer_;
  int socket_;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> over_ = false;
  std::vector<int> kept_;
  std::thread thread_;
};

}  // namespace ingot::test
