// SPDX-License-Identifier: Apache-2.0
#pragma once
// What may be an e-mail address, a role, a tenant; and fresh ids and secrets. Pure but for the random ones. Any thread.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ingot::accounts {

/// An address in lower case (ASCII's), so that one person is one row: something, one "@", something, no spaces, 254 bytes at most (RFC 5321 4.5.3.1.3). Whether anybody
/// reads it is not asked. Errors: invalid_argument.
Result<std::string> normalise_email(std::string_view email);

/// 1 to 200 bytes of UTF-8 without control characters. Errors: invalid_argument, saying what `what` must be.
Result<void> check_label(std::string_view what, std::string_view text);

/// A version-4 UUID (RFC 9562).
std::string fresh_uuid();

/// 256 random bits as 43 characters of base64url.
std::string fresh_secret();

}  // namespace ingot::accounts
