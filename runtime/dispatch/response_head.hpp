// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of a response before its body (RFC 9112 section 4, RFC 9110 6.6.1 and 8.6). The server alone decides about
// framing, date and request id; nothing that a handler puts into a header can end the line it stands on. Pure.

#include <chrono>
#include <string>
#include <string_view>

#include "dispatch/http_message.hpp"

namespace ingot::dispatch {

struct ResponseFraming {
  bool keep_alive = true;     ///< The connection stays open after this response.
  bool answers_1_0 = false;   ///< The request was HTTP/1.0: staying open must be said.
  bool answers_head = false;  ///< The request was a HEAD.
  std::string_view request_id;
  std::chrono::system_clock::time_point now;
};

/// A status of 200 to 599, and every header a token with a clean value.
bool is_sendable(const HttpResponse& response);

/// Whether the body's bytes follow the head: not for HEAD, 204, 304.
bool sends_body(int status, bool answers_head);

/// A body up to this size is copied behind its head, so that both are sent as one piece: that costs the kernel less than two.
inline constexpr std::size_t copied_body_bytes_max = 8192;

/// Status line and fields up to and with the empty line. There is room behind them for a body of up to copied_body_bytes_max. REQUIRES: is_sendable(response).
std::string response_head(const HttpResponse& response, const ResponseFraming& framing);

/// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110 5.6.7.
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace ingot::dispatch
