// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words that a table or a column must not be called, because a statement could not then name it unquoted on both databases.

#include <string_view>

namespace ingot::db {

/// True for a lower-case word reserved by PostgreSQL 15 or SQLite 3.40, or the name of a hidden column of either.
bool is_reserved_word(std::string_view word);

}  // namespace ingot::db
