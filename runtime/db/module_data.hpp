// SPDX-License-Identifier: Apache-2.0
#pragma once
// What modules have in a database, whether they are there or not: the tables that the host's records say are theirs, counted, written out, removed.
//
// Threads: a value over a Database; a Connection belongs to one thread at a time.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

/// A table, and how many rows it has, soft-deleted ones included.
struct TableRows {
  std::string module;  ///< empty: the host's own
  std::string table;
  std::uint64_t rows = 0;
  bool operator==(const TableRows&) const = default;
};

/// What purge() did.
struct Purged {
  std::vector<std::string> tables;
  bool schema_kept = false;  ///< PostgreSQL: the module's schema holds other things, which stay
};

class ModuleData final {
 public:
  explicit ModuleData(Database& database) : database_(database) {}

  // All functions run in the connection's open transaction. Errors: database.

  /// The modules that own a table or have a version in the history, sorted.
  Result<std::vector<std::string>> modules(Connection& connection);
  /// The tables of one module that are there, sorted by name.
  Result<std::vector<TableRows>> tables(Connection& connection, const std::string& module);
  /// Those of all modules, and the host's own tables that modules and accounts depend on; sorted. Empty: nothing of Ingot's is in this database.
  Result<std::vector<TableRows>> all_tables(Connection& connection);

  /// Gives every row of the module's tables to `sink` as a line of JSON, {"table":...,"row":{...}}, tables by name and rows by id, values as the module sees them.
  /// One page of rows (200) is in memory at a time. REQUIRES: a transaction that sees one moment. Errors: migration (the records do not fit the tables), database, what
  /// `sink` gives.
  Result<void> write_rows(Connection& connection, const std::string& module, const std::function<Result<void>(std::string_view)>& sink);

  /// Drops the module's tables and forgets its versions; the rollback counter stays. REQUIRES: a transaction of begin_rebuild().
  Result<Purged> purge(Connection& connection, const std::string& module);

 private:
  Result<std::vector<std::string>> owned(Connection& connection, const std::string& module);
  Result<bool> exists(Connection& connection, const std::string& qualified, const std::string& plain);
  Database& database_;
};

}  // namespace ingot::db
