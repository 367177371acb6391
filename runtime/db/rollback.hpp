// SPDX-License-Identifier: Apache-2.0
#pragma once
// The highest rollback counter of each module that a server has started, in a table of the host's own beside the history of migrations: it
// belongs to the deployment's data, survives restarts, is shared by all hosts of that data, and goes back with it when a backup is restored.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

struct RollbackRecord {
  std::uint64_t counter = 0;  ///< at most 2^63 - 1
  std::string version;        ///< of the module that carried it
};

class RollbackTable {
 public:
  explicit RollbackTable(Database& database) : database_(database) {}

  /// The statement that makes the table when it is absent. Run by Migrator::prepare().
  static std::string create(Kind kind);
  /// True when the table is there. Errors: database.
  Result<bool> exists(Connection& connection);
  /// Every module's record, by name; empty when there is no table. Errors: database.
  Result<std::map<std::string, RollbackRecord>> read(Connection& connection);
  /// Keeps `record` when its counter is higher than the one that is kept. One statement, so two hosts that start at once keep the higher.
  /// Errors: database.
  Result<void> raise(Connection& connection, const std::string& module, const RollbackRecord& record);
  /// Keeps `record` whatever was kept: an operator allowed it. Errors: database.
  Result<void> replace(Connection& connection, const std::string& module, const RollbackRecord& record);

 private:
  Result<void> write(Connection& connection, const std::string& module, const RollbackRecord& record, const std::string& condition);
  Database& database_;
};

}  // namespace ingot::db
