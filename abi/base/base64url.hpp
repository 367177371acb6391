// SPDX-License-Identifier: Apache-2.0
#pragma once
// RFC 4648 section 5 without padding, as JOSE has it (RFC 7515 section 2).

#include <optional>
#include <string>
#include <string_view>

namespace ingot {

std::string to_base64url(std::string_view bytes);
/// Nothing for any other character, for padding, for a length that no bytes have, and for bits set that belong to no byte: each text of bytes is one text only.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace ingot
