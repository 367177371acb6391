// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the host keeps in a database about migrations: its own tables, the lock, and the history of each module. Shared by the files
// that make up Migrator; not for others.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"
#include "db/host_statement.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// The host's own tables, in each database's dialect.
struct HostSql {
  std::string history;
  std::string owners;
  std::string applied_at;  ///< expression: the time as text

  explicit HostSql(Kind kind);
};

/// The statements that make all of them where they are absent.
std::vector<std::string> host_tables(Kind kind);
/// True when the host's own tables are there. They are made by prepare() alone: who only reads an unused database leaves it unused.
Result<bool> has_host_tables(Connection& connection, Kind kind);
/// The same of the functions that PostgreSQL needs.
Result<bool> has_host_functions(Connection& connection, Kind kind);

/// PostgreSQL's session lock. SQLite needs none: BEGIN IMMEDIATE lets one writer in. Released with the object; a session that
/// breaks releases it on the server's side.
class MigrationLock {
 public:
  /// Waits up to the deadline. On success make the object at once. Errors: deadline, database.
  static Result<void> acquire(Connection& connection, Kind kind, Deadline deadline);
  MigrationLock(Connection& connection, Kind kind) : connection_(connection), kind_(kind) {}
  ~MigrationLock();
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

 private:
  Connection& connection_;
  Kind kind_;
};

struct HistoryRow {
  std::string checksum;
  std::string applied_at;
  std::string operations;  ///< canonical JSON
};
using History = std::map<int, HistoryRow>;

/// The module's applied versions. Errors: database.
Result<History> read_history(Connection& connection, Kind kind, const std::string& module);

/// The operations of a row, whether the module that brought them is there or not. Errors: migration, when the row was changed behind the
/// host's back.
Result<std::vector<Operation>> recorded_operations(const std::string& module, int version, const HistoryRow& row);

}  // namespace ingot::db
