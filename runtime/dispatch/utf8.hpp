// SPDX-License-Identifier: Apache-2.0
#pragma once
// UTF-8 as Unicode's table 3-7 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure functions.

#include <string>
#include <string_view>

namespace ingot::dispatch {

/// True when every byte of `text` belongs to a well-formed sequence. NUL is well-formed.
bool is_utf8(std::string_view text);

/// `text` with every byte that belongs to no well-formed sequence replaced by U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace ingot::dispatch
