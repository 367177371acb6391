// SPDX-License-Identifier: Apache-2.0
#pragma once
// One exchange with a server, by libcurl. Waits where a deadline, a cancel and (on a fiber) the thread's other guests get their turn.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "ingot/abi.h"

namespace ingot::host::extism {

struct HttpRequest {
  std::string method;  ///< in capitals
  std::string url;
  std::map<std::string, std::string> headers{};
  std::string_view body{};  ///< outlives the exchange
};

/// A URL in the parts that decide where a request goes.
struct HttpTarget {
  std::string scheme, host, port;  ///< in small letters; an IPv6 address with its brackets; the scheme's own port when none is named
  bool operator==(const HttpTarget&) const = default;
};
/// As the exchange will read it. False: it cannot be read, is not http or https, names a user, or has no host.
bool read_target(const std::string& url, HttpTarget& target);

struct HttpResponse {
  std::int32_t status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in small letters; several of one name with ", " between
  std::string redirect;                        ///< where the server says to go instead, as a whole URL; empty: nowhere
};

/// What became of it: `trap` when the call was asked to stop, a text in `failure` when there is no response.
struct HttpOutcome {
  ingot_trap trap = INGOT_TRAP_NONE;
  std::string failure{};
};

/// Follows no redirect and asks no proxy. May throw bad_alloc.
HttpOutcome exchange(const HttpRequest& request, std::uint64_t response_bytes_max, HttpResponse& response);

}  // namespace ingot::host::extism
