// SPDX-License-Identifier: Apache-2.0
#pragma once
// PostgreSQL's texts as the contract's JSON, and its SQLSTATEs as the contract's codes. Pure; knows no libpq.

#include <optional>
#include <string>
#include <string_view>

#include "db/schema.hpp"

namespace ingot::db {

/// The code of abi/EERP.md for a five-character SQLSTATE.
std::string_view code_of_sqlstate(std::string_view sqlstate);

/// True when the session is of no use after that SQLSTATE.
bool sqlstate_breaks(std::string_view sqlstate);

/// The type's OID in pg_type.
unsigned oid_of(TypeName type);

/// Appends a value that PostgreSQL wrote as text. `oid` is the column's type there; `type` is what the statement's vetting says
/// of it, which decides for sum() and avg(): PostgreSQL gives NUMERIC where SQLite gives an integer or a float.
void append_postgres(std::string& out, std::string_view text, unsigned oid, const std::optional<ColumnType>& type);

}  // namespace ingot::db
