// SPDX-License-Identifier: Apache-2.0
#include "db/snapshot.hpp"

#include <charconv>

#include "base/check.hpp"
#include "db/host_statement.hpp"
#include "db/migrate_history.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr Kind kind = Kind::postgresql;

Result<std::string> one_text(Connection& connection, const std::string& sql) {
  INGOT_TRY(const auto rows, connection.run({sql}));
  if (rows.empty() || !rows[0].at(0)) return Error{ErrorCode::database, "no answer to " + sql};
  return *rows[0][0];
}

}  // namespace

// The order matters: no migration begins, the tables are locked, and only then the transaction's first statement that reads takes the moment. So what the catalogs say, which
// pg_dump reads partly as they are now, is what the moment says.
Result<Snapshot> Snapshot::take(Database& database, Deadline deadline) {
  INGOT_CHECK(database.kind() == kind);
  INGOT_TRY(const std::unique_ptr<Connection> guard, database.connect(deadline));
  INGOT_TRY_VOID(MigrationLock::acquire(*guard, kind, deadline));
  const MigrationLock lock(*guard, kind);
  ModuleData data(database);
  INGOT_TRY(const bool there, has_host_tables(*guard, kind));
  if (!there) return Error{ErrorCode::not_found, "there is nothing to back up: no server of Ingot's has used this database"};
  INGOT_TRY(const std::vector<std::string> modules, data.modules(*guard));
  Snapshot snapshot;
  std::vector<std::string> names{"ingot"};
  names.insert(names.end(), modules.begin(), modules.end());
  for (const std::string& name : names) {
    INGOT_TRY(const auto found, guard->run({"SELECT 1 FROM pg_namespace WHERE nspname = $1"}, std::vector{text_param(name)}));
    if (!found.empty()) snapshot.schemas_.push_back(name);
  }

  INGOT_TRY(snapshot.connection_, database.connect(deadline));
  Connection& connection = *snapshot.connection_;
  INGOT_TRY_VOID(connection.begin(Deadline::max()));
  INGOT_TRY_VOID(connection.run({"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"}));
  for (const std::string& schema : snapshot.schemas_) {
    INGOT_TRY(const auto tables, guard->run({"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) ORDER BY 1"},
                                            std::vector{text_param(schema)}));
    for (const HostRow& row : tables) INGOT_TRY_VOID(connection.run({"LOCK TABLE " + database.table_name(schema, row.at(0).value_or("")) + " IN ACCESS SHARE MODE"}));
  }
  INGOT_TRY(snapshot.id_, one_text(connection, "SELECT pg_export_snapshot()"));
  INGOT_TRY(snapshot.tables_, data.all_tables(connection));
  return snapshot;
}

Result<int> postgres_major(Connection& connection) {
  INGOT_TRY(const std::string digits, one_text(connection, "SHOW server_version_num"));
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number / 10'000;
}

}  // namespace ingot::db
