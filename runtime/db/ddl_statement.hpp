// SPDX-License-Identifier: Apache-2.0
#pragma once
// One statement of a migration, as ddl.hpp makes it, a plan shows it and a migration runs it. Values.

#include <string>
#include <vector>

#include "db/connection.hpp"

namespace ingot::db {

/// PostgreSQL's strongest lock of a statement on a table that others can see, by the name that its documentation gives the mode.
struct TableLock {
  std::string table;
  std::string mode;
};

struct DdlStatement {
  std::string sql;
  std::vector<Param> params = {};      ///< $1...: seed data
  bool finds_violations = false;       ///< it changes nothing: each row that it gives is something that must not be
  std::string advice = {};             ///< what to do when it fails; may be empty
  bool destructive = false;            ///< drops a table or a column, or deletes rows
  std::vector<TableLock> locks = {};   ///< empty on SQLite, where a writer is alone
};

}  // namespace ingot::db
