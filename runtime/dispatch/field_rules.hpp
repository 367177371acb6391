// SPDX-License-Identifier: Apache-2.0
#pragma once
// The grammar of HTTP field names and values (RFC 9110 section 5), shared by both directions. Pure functions.

#include <string>
#include <string_view>

namespace ingot::dispatch {

/// One header field. As received: the name as the client wrote it, the value without surrounding white space.
struct Header {
  std::string name;
  std::string value;
};

/// RFC 9110 5.6.2: one or more tchar. Field names and methods are tokens.
bool is_token(std::string_view text);

/// RFC 9110 5.5: visible characters, bytes >= 0x80, space and tab. No CR, LF, NUL or other control.
bool is_field_value(std::string_view text);

/// ASCII only; other bytes stay.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// `text` without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);

/// Fields that speak about one connection or about message framing and therefore belong to the HTTP layer alone:
/// connection, keep-alive, proxy-connection, te, trailer, transfer-encoding, upgrade, content-length.
/// REQUIRES: `name` in lower case.
bool is_connection_field(std::string_view name);

}  // namespace ingot::dispatch
