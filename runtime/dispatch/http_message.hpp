// SPDX-License-Identifier: Apache-2.0
#pragma once
// A request as the HTTP server hands it over and the response it takes back. Values, free of any network library;
// bodies are bytes. A refused request never becomes an HttpRequest.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/field_rules.hpp"
#include "dispatch/refusal.hpp"

namespace ingot::dispatch {

struct HttpRequest {
  std::string method;           ///< As sent, case and all; any token.
  std::string path;             ///< Raw, still percent-encoded, begins with '/' ("*" for OPTIONS *).
  std::string query;            ///< Raw, without '?'.
  std::vector<Header> headers;  ///< In order of arrival; fields of a chunked body's trailer are dropped.
  std::string body;
  std::string remote_address;                         ///< The peer's IP address as text, without the port.
  std::string request_id;                             ///< Always good (is_request_id).
  std::chrono::steady_clock::time_point received_at;  ///< When the request's first byte was there.
};

struct HttpResponse {
  int status = 200;                               ///< 200 to 599.
  std::vector<Header> headers;                    ///< Fields that the server sets itself (framing, date, x-request-id) are ignored here.
  std::string body;                               ///< Not sent for HEAD, 204 and 304.
  std::string content_type = "application/json";  ///< Empty: no such field.
};

/// Answers a request: at most once counts, from any thread, at once or later, also when the client or the server is
/// gone. When the last copy dies unused the client gets a 500.
using Reply = std::function<void(HttpResponse)>;

/// Called on an io thread and must not block. An exception that leaves it becomes a 500.
using Handler = std::function<void(HttpRequest, Reply)>;

/// The first field of that name, compared without case, or nothing: "".
std::string_view find_header(const std::vector<Header>& headers, std::string_view name);

/// The error envelope of a refusal as a response.
HttpResponse refusal_response(const Refusal& refusal, std::string_view request_id);

}  // namespace ingot::dispatch
