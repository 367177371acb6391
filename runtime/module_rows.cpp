// SPDX-License-Identifier: Apache-2.0
#include "module_rows.hpp"

#include <algorithm>
#include <chrono>

#include "db/host_statement.hpp"
#include "db/migrate_history.hpp"
#include "open_database.hpp"

namespace ingot {
namespace {

db::Deadline soon(const Config& config, db::Deadline deadline) { return std::min(deadline, db::Clock::now() + std::chrono::seconds(config.connect_timeout_s)); }

}  // namespace

Result<void> export_rows(const Config& config, const std::string& name, db::Deadline deadline, const std::function<Result<void>(std::string_view)>& sink) {
  INGOT_TRY(const auto database, open_database(config, true));
  INGOT_TRY(const auto connection, database->connect(soon(config, deadline)));
  INGOT_TRY_VOID(connection->begin(deadline));
  if (config.use_postgres) INGOT_TRY_VOID(connection->run({"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"}));
  return db::ModuleData(*database).write_rows(*connection, name, sink);
}

Result<db::Purged> purge_rows(const Config& config, const std::string& name, db::Deadline deadline, const std::function<Result<void>()>& nobody_uses_it) {
  INGOT_TRY(const auto database, open_database(config, false));
  INGOT_TRY(const auto connection, database->connect(soon(config, deadline)));
  INGOT_TRY_VOID(db::MigrationLock::acquire(*connection, database->kind(), deadline));
  const db::MigrationLock lock(*connection, database->kind());
  INGOT_TRY_VOID(connection->begin_rebuild(deadline));
  db::TransactionGuard transaction(*connection);
  INGOT_TRY_VOID(nobody_uses_it());
  INGOT_TRY(db::Purged purged, db::ModuleData(*database).purge(*connection, name));
  if (!config.use_postgres) {
    INGOT_TRY(const auto lost, connection->run({"PRAGMA foreign_key_check"}));
    if (!lost.empty()) return Error{ErrorCode::database, "the table " + lost[0].at(0).value_or("?") + " refers to rows of module '" + name + "': nothing was dropped"};
  }
  INGOT_TRY_VOID(transaction.commit());
  return purged;
}

}  // namespace ingot
