// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module's answer taken apart: {"status":201,"headers":{...},"body":<any JSON>} (abi/EERP.md). The text is hostile;
// the body's own text is found and handed on unchanged. Pure functions.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dispatch/field_rules.hpp"
#include "dispatch/refusal.hpp"

namespace ingot::dispatch {

struct ModuleResponse {
  int status = 200;             ///< 200 to 599.
  std::vector<Header> headers;  ///< Names in lower case, each once; values fit for the wire.
  std::string_view body;        ///< Raw JSON inside the parsed text, "null" when the module gave none.
};

/// Checks and splits `text`, which must outlive the result's `body`. A Refusal has status 500 and the code
/// BAD_RESPONSE: not a JSON object, a member of the three twice, a status that is no integer literal in 200..599,
/// headers that are not an object of strings, more than 64 of them or 16 KiB, one twice, a name that is no token, a
/// value with CR, LF, NUL or another control character. Unknown members are ignored, and so are the headers that the
/// host sets itself: those of the connection (is_connection_field), content-type, content-encoding, date, x-request-id.
std::variant<ModuleResponse, Refusal> parse_module_response(std::string_view text);

}  // namespace ingot::dispatch
