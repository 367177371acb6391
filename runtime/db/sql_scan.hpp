// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cuts a guest's statement into tokens, and refuses every spelling that SQLite and PostgreSQL read differently (nested comments,
// dollar quotes, E'' strings, :: casts, bracketed names, ...). What passes has one reading on both, so the verdict that vet.hpp
// reaches with PostgreSQL's parser also holds for what SQLite executes. Pure; needs no database.

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "db/connection.hpp"

namespace ingot::db {

struct SqlToken {
  enum class Kind { word, quoted_name, string, number, parameter, sign, open, close, comma, dot, semicolon };
  Kind kind = Kind::word;
  std::size_t begin = 0;  ///< byte offsets into the statement
  std::size_t end = 0;
};

constexpr std::size_t guest_sql_bytes_max = std::size_t{256} << 10;
/// Bounds the depth of the syntax tree before any recursive parser sees the text: tokens other than values and names that
/// may nest into each other, counted between the commas of one list.
/// A set operation counts for the rest of its level: the commas of its parts do not make the tree flatter.
constexpr int guest_sql_chain_max = 250;

/// Errors: INVALID_SQL, NOT_ALLOWED (more than one statement), LIMIT.
std::variant<std::vector<SqlToken>, StatementError> scan_sql(std::string_view sql);

/// True when the token is this word, given in lower case.
bool is_word(std::string_view sql, const SqlToken& token, std::string_view lower);

}  // namespace ingot::db
