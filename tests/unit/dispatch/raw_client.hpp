// SPDX-License-Identifier: Apache-2.0
#pragma once
// A blocking loopback client that sends any bytes and reads responses with a small parser of its own, so that the
// server is not judged by the library it is built on. Every wait ends after five seconds with a test failure.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace ingot::dispatch {

struct RawResponse {
  int status = 0;  ///< 0: the connection ended first.
  std::map<std::string, std::string> headers;
  std::string body;
};

class RawClient {
 public:
  /// `receive_buffer_bytes` 0: the system's default.
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval timeout{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    const int at_once = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), received_(std::move(other.received_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// Closes with a reset instead of a farewell.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  /// False when the server has gone away.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next response. `answers_head`: no body follows whatever its head says.
  RawResponse read(bool answers_head = false) {
    RawResponse response;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return response;
    }
    parse_head(received_.substr(0, end + 2), response);
    received_.erase(0, end + 4);
    if (answers_head || response.status < 200) return response;
    const auto length = response.headers.find("content-length");
    const std::size_t body_bytes = length == response.headers.end() ? 0 : std::stoul(length->second);
    while (received_.size() < body_bytes) {
      if (!fill()) return {};
    }
    response.body = received_.substr(0, body_bytes);
    received_.erase(0, body_bytes);
    return response;
  }

  /// True when the server closes with nothing left to read; false when bytes come or nothing happens.
  bool closed() { return received_.empty() && !fill() && !timed_out_; }

 private:
  bool fill() {
    char chunk[65536];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      timed_out_ = true;
      ADD_FAILURE() << "nothing came for five seconds";
    }
    if (got <= 0) return false;
    received_.append(chunk, static_cast<std::size_t>(got));
    return true;
  }

  static void parse_head(const std::string& head, RawResponse& response) {
    EXPECT_EQ(head.substr(0, 9), "HTTP/1.1 ");
    response.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      std::string name = head.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      EXPECT_TRUE(response.headers.emplace(name, head.substr(colon + 2, end - colon - 2)).second) << name << " twice";
      at = end + 2;
    }
  }

  int fd_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string received_;
};

}  // namespace ingot::dispatch
