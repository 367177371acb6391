// SPDX-License-Identifier: Apache-2.0
#pragma once
// One moment of a PostgreSQL database, held for another program to dump: its modules' tables can be read and written meanwhile, but not altered.
//
// Threads: one at a time. The moment ends with the object.

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"
#include "db/module_data.hpp"

namespace ingot::db {

class Snapshot final {
 public:
  /// Waits up to the deadline for a migration that runs. REQUIRES: PostgreSQL. Errors: not_found (nothing of Ingot's is there), deadline, database.
  static Result<Snapshot> take(Database& database, Deadline deadline);

  /// For pg_dump's --snapshot.
  const std::string& id() const { return id_; }
  /// "ingot" and the modules' schemas that are there.
  const std::vector<std::string>& schemas() const { return schemas_; }
  const std::vector<TableRows>& tables() const { return tables_; }

 private:
  Snapshot() = default;
  std::unique_ptr<Connection> connection_;  // its transaction is the moment
  std::string id_;
  std::vector<std::string> schemas_;
  std::vector<TableRows> tables_;
};

/// The major version of the PostgreSQL server: 15. Errors: database.
Result<int> postgres_major(Connection& connection);

}  // namespace ingot::db
