// SPDX-License-Identifier: Apache-2.0
#pragma once
// "find", "get" and "count": a request becomes one SELECT, and its rows a page. Pages are found again by the last row's sort keys, not by counting rows, so that what is
// written in between moves nothing and a late page costs what the first one does.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/slices.hpp"
#include "data/statement.hpp"
#include "db/schema.hpp"

namespace ingot::data {

constexpr std::int64_t page_rows_max = 1000;
constexpr std::int64_t page_rows_default = 50;
constexpr std::size_t relations_max = 8;
constexpr std::size_t sort_keys_max = 8;

/// A row of another table that a row refers to.
struct Relation {
  std::string name;                 ///< under which it stands in the row
  std::vector<std::string> fields;
};

/// A SELECT, and how its columns are to be read: the row's own, then of each relation whether there is one and its fields, then the sort keys.
struct Reading {
  Statement statement;
  std::size_t own_columns = 0;
  std::vector<Relation> relations;
  std::size_t sort_keys = 0;
  std::string sort;                 ///< as the cursor names it
  std::int64_t limit = 0;
};

/// `request` is the whole one. `tenant`: of the caller; empty: none. Errors: invalid_argument.
Result<Reading> read_find(Slice request, const db::Schema& schema, const std::string& tenant);
Result<Reading> read_get(Slice request, const db::Schema& schema, const std::string& tenant);
/// Gives one row with one column, n.
Result<Statement> read_count(Slice request, const db::Schema& schema, const std::string& tenant);

/// {"rows":[...],"next":cursor or null}, from the rows of a Reading.
std::string page_json(const Reading& reading, std::string_view rows_json);
/// The only row of one; nothing if there is none.
std::optional<std::string> row_json(const Reading& reading, std::string_view rows_json);

}  // namespace ingot::data
