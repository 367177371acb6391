// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a value of a logical type is written: what SQLite stores for it (PostgreSQL's own input rules, for the forms that
// abi/EERP.md names) and how a result shows it as JSON, the same for both databases. Pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "db/connection.hpp"
#include "db/schema.hpp"

namespace ingot::db {

/// A value as SQLite stores it.
struct StoredValue {
  enum class Kind { null, integer, real, text, blob };
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  ///< of text and blob
};

/// The stored form of a parameter for a place of that type. Errors: INVALID_PARAMS when it cannot be one (PostgreSQL's
/// 22P02), CHECK_VIOLATION when it is out of the type's range (PostgreSQL's 22003).
std::variant<StoredValue, StatementError> stored_value(const Param& param, const ColumnType& type);

/// A parameter's text, as PostgreSQL is given it. REQUIRES: kind is not null.
std::string param_text(const Param& param);

/// ISO 8601 in its common spellings -> 2026-01-31T12:00:00.000, in UTC, with 'Z' when `with_zone`; empty when it is no time.
/// A zone is applied when `with_zone`, and ignored otherwise, as PostgreSQL does. Years 0001 to 9999.
std::string canonical_timestamp(std::string_view text, bool with_zone);

/// The shortest text that reads back as the same number; "NaN" and "Infinity" are JSON strings.
void append_json_real(std::string& out, double value);
void append_json_string(std::string& out, std::string_view text);
bool is_json(std::string_view text);
/// Embeds a JSON text as it is, or as a string when it is no valid JSON.
void append_json_value(std::string& out, std::string_view text);

/// How SQLite's stored value of a column (or an expression of that type) is shown.
void append_stored(std::string& out, const StoredValue& value, const std::optional<ColumnType>& type);

}  // namespace ingot::db
