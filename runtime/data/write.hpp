// SPDX-License-Identifier: Apache-2.0
#pragma once
// Statements that change rows. What the host keeps (id once given, times, tenant, version) no request sets.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/slices.hpp"
#include "data/statement.hpp"

namespace ingot::data {

constexpr std::size_t rows_max = 1000;  ///< of one "create"

/// What a request wants columns to hold, looked through. Points into the request.
struct Values {
  struct Value {
    const db::Column* column;
    Slice json;
  };
  std::vector<Value> all;
};

/// Columns and values of an object. Errors: invalid_argument: it is empty, a column is not there, stands twice, or is the host's.
Result<Values> values_of(Slice object, const Target& target, bool creating);

/// One INSERT of rows that set the same columns; gives them whole, in order.
Statement insert_rows(const Target& target, const std::vector<Values>& rows, const std::string& tenant);
/// INSERT, or UPDATE of the row with the same `key`: then it is also restored if it was deleted. No row comes back if that is another tenant's.
/// Errors: invalid_argument: a key that is not among the values.
Result<Statement> insert_or_update(const Target& target, const Values& values, Slice key, const std::string& tenant);
/// Of a row that is not deleted, and has that version if one is asked for.
Statement update_row(const Target& target, Slice id, const Values& values, std::optional<std::int64_t> version, const std::string& tenant);
/// Marks it, or takes the mark away; gives the row whole.
Statement mark_deleted(const Target& target, Slice id, bool deleted, const std::string& tenant);
/// Removes it for good, deleted or not; gives what it was.
Statement remove_row(const Target& target, Slice id, const std::string& tenant);
/// Gives deleted_at, and version if there is one, of a row, deleted or not.
Statement look_at_row(const Target& target, Slice id, const std::string& tenant);
/// Gives n, the number of rows of the tenant that such a reference means.
Statement count_referred(const db::ColumnReference& reference, Slice value, const std::string& tenant);

}  // namespace ingot::data
