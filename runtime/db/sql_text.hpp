// SPDX-License-Identifier: Apache-2.0
#pragma once
// The only two doors from a string into SQL text, and the hash that history and names use. Pure functions.

#include <string>
#include <string_view>

namespace ingot::db {

/// "name", with inner quotes doubled. REQUIRES: no NUL inside.
std::string quoted_identifier(std::string_view name);

/// 'text', with inner quotes doubled; a literal on SQLite and on PostgreSQL with standard_conforming_strings.
/// REQUIRES: no NUL inside.
std::string quoted_literal(std::string_view text);

/// SHA-256 of the bytes, 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace ingot::db
