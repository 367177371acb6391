// SPDX-License-Identifier: Apache-2.0
#pragma once
// Percent-decoding (RFC 3986 section 2.1), strict: what does not decode to clean text is no text. Pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace ingot::dispatch {

enum class Plus { literal, space };  ///< What '+' means: itself in a path, a space in a query string.

/// The decoded text, or nothing when a '%' is not followed by two hexadecimal digits, or when the result holds a NUL or
/// is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, Plus plus);

}  // namespace ingot::dispatch
