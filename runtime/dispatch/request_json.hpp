// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text that a module's handle() receives (abi/EERP.md, "The request and the response"), put together from the parts
// of a request. The body is checked and embedded as the client wrote it; no tree is built from it. Pure functions.
//
// What goes in:
// - query: '+' is a space, %xx is decoded; of several equal names the last wins; an empty piece ("a=1&&b=2") is
// nothing,
//   a name without '=' has the value "". A bad escape, a NUL or what is not UTF-8 is refused with 400.
// - headers: every field with its name in lower case, several of one name joined by ", " (RFC 9110 5.3), except those
// of
//   the connection (is_connection_field) and those that carry credentials of the host's own: authorization,
//   proxy-authorization, cookie. Bytes that are not UTF-8 become U+FFFD.
// - body: null when empty, whatever the content type. As it is when the type is application/json or ends in +json: 400
//   when it is not JSON. Otherwise a string: 415 when it is not UTF-8. A content-encoding other than identity: 415.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "dispatch/field_rules.hpp"
#include "dispatch/refusal.hpp"
#include "dispatch/router.hpp"

namespace ingot::dispatch {

/// Views into what the caller keeps alive during the call.
struct RequestParts {
  std::string_view method;  ///< The route's: GET for a HEAD.
  std::string_view path;    ///< As the client wrote it, without the query.
  std::string_view route;   ///< The module's pattern.
  std::span<const PathParam> params;
  std::string_view query;  ///< Raw, without '?'.
  std::span<const Header> headers;
  std::string_view request_id;
  std::string_view identity = "null";  ///< Who calls, as JSON text.
  std::string_view body;
};

/// The request text, or why the request is refused.
std::variant<std::string, Refusal> build_request_json(const RequestParts& parts);

/// A query string's names and values.
std::variant<std::map<std::string, std::string>, Refusal> parse_query(std::string_view query);

/// True for application/json and every type with the suffix +json (RFC 6839 3.1), parameters aside, in any case.
bool is_json_media_type(std::string_view content_type);

}  // namespace ingot::dispatch
