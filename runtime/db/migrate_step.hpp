// SPDX-License-Identifier: Apache-2.0
#pragma once
// One version of a module, upwards or downwards: its statements, and whose tables they make and give up. Shared by the files that make
// up Migrator; not for others.

#include <string>
#include <vector>

#include "db/migrate.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// How long the statements of a step may take and wait. 0: only the deadline bounds them.
struct MigrationBounds {
  Deadline deadline;
  int lock_timeout_ms = 0;       ///< PostgreSQL
  int statement_timeout_ms = 0;  ///< PostgreSQL
};

struct Step {
  PlannedVersion plan;
  std::vector<std::string> created;  ///< names that become the module's
  std::vector<std::string> dropped;  ///< names that become free
  void give_up(const std::string& table) {
    if (std::erase(created, table) == 0) dropped.push_back(table);
  }
};

/// The operations on the tables of `model`, which is changed by them. REQUIRES: the model takes them.
Step make_step(Kind kind, const std::string& module, int version, const std::vector<Operation>& operations, Model& model);

/// Refuses a step that would make a table under a name that another module has. Errors: migration, database.
Result<void> check_owners(Connection& connection, Kind kind, const std::string& module, const Step& step);

/// Runs the statements and keeps the book of owners, inside the transaction that is open. Errors: migration, database, deadline.
Result<void> run_step(Connection& connection, Kind kind, const std::string& module, const Step& step, const MigrationBounds& bounds);

}  // namespace ingot::db
