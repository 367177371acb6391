// SPDX-License-Identifier: Apache-2.0
#include "cli/grants.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ingot::cli {
namespace {

Error wrong(const std::string& what) { return {ErrorCode::invalid_argument, what}; }

}  // namespace

Result<host::wasi::DirectoryGrant> parse_directory(const std::string& word) {
  static constexpr std::string_view read_only = ":ro";
  host::wasi::DirectoryGrant grant;
  std::string names = word;
  if (names.ends_with(read_only)) {
    grant.read_only = true;
    names.resize(names.size() - read_only.size());
  }
  const std::size_t colons = names.find("::");
  grant.host = names.substr(0, colons);
  grant.guest = colons == std::string::npos ? names : names.substr(colons + 2);
  if (grant.host.empty() || grant.guest.empty()) return wrong("--dir '" + word + "' is not of the form HOST::GUEST or HOST::GUEST:ro");
  return grant;
}

Result<std::string> parse_variable(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == 0 || word.empty()) return wrong("--env '" + word + "' is not of the form NAME=VALUE");
  if (equals != std::string::npos) return word;
  const char* value = std::getenv(word.c_str());
  if (value == nullptr) return wrong("--env " + word + ": there is no such variable here; give it a value with --env " + word + "=VALUE");
  return word + "=" + value;
}

Result<host::wasi::OwnedFd> listen_on(const std::string& word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == word.size()) return wrong("--listen '" + word + "' is not of the form ADDRESS:PORT");
  std::string address = word.substr(0, colon);
  if (address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
  const char* const end = word.data() + word.size();
  std::uint16_t port = 0;
  if (const auto [read_to, error] = std::from_chars(word.data() + colon + 1, end, port); error != std::errc{} || read_to != end) {
    return wrong("--listen '" + word + "': the port is no number up to 65535");
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.c_str(), word.c_str() + colon + 1, &hints, &found); error != 0) {
    return wrong("--listen '" + word + "': " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> free_later(found, &freeaddrinfo);
  // Not waiting inside accept(2): a connection may be gone again after it was announced.
  host::wasi::OwnedFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  if (!socket.valid() || setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      listen(socket.get(), SOMAXCONN) != 0) {
    return Error{ErrorCode::io, "cannot listen on " + word + ": " + strerror(errno)};
  }
  return socket;
}

}  // namespace ingot::cli
