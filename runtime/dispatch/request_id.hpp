// SPDX-License-Identifier: Apache-2.0
#pragma once
// The name of one request, in logs, envelopes and the X-Request-Id field. Safe from any thread.

#include <string>
#include <string_view>

namespace ingot::dispatch {

/// 1 to 128 characters of [A-Za-z0-9._-]: nothing that could break a log line, a header or a JSON string.
bool is_request_id(std::string_view text);

/// A fresh UUID version 7 (RFC 9562): milliseconds since 1970 in front, 74 random bits behind.
std::string make_request_id();

/// The client's own id when it is one, else a fresh one.
std::string choose_request_id(std::string_view client_value);

}  // namespace ingot::dispatch
