// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns a vetted statement into the text that a database runs. For SQLite, four spellings differ in meaning there and are replaced in
// place: current_timestamp (another format), CAST types (SQLite knows affinities, not types), ORDER BY without NULLS (SQLite puts NULL
// first) and typed literals (stored forms, such as full timestamps). Everything else stays byte for byte. Pure.

#include <string>
#include <string_view>
#include <variant>

#include "db/vet.hpp"

namespace ingot::db {

/// The longest text that an expression of a guest may make, on both databases.
constexpr int value_bytes_max = 16 << 20;

/// The SQL function that sqlite.cpp registers for the transaction's time.
constexpr std::string_view sqlite_now_function = "ingot_now";

/// The text for PostgreSQL: `||` and replace() become the host's own (migrate.cpp makes them in the schema "ingot"), which refuse to make
/// a text larger than value_bytes_max. SQLite bounds every value by itself. REQUIRES: `vetted` is the verdict on `sql`.
std::variant<std::string, StatementError> postgres_text(std::string_view sql, const VettedStatement& vetted);

/// REQUIRES: `vetted` is the verdict on `sql`. Errors: INVALID_PARAMS or CHECK_VIOLATION for a literal that its type refuses.
std::variant<std::string, StatementError> sqlite_text(std::string_view sql, const VettedStatement& vetted);

}  // namespace ingot::db
