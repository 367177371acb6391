// SPDX-License-Identifier: Apache-2.0
// Drift. What the tables should be is not computed but tried: the applied versions are played again on an empty place of the same kind of
// database, and both catalogs are read with the same questions. So no spelling of ours stands against one of the database's.
#include <algorithm>

#include "db/catalog.hpp"
#include "db/ddl.hpp"
#include "db/migrate.hpp"
#include "db/migrate_history.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

/// No module can have this name.
constexpr const char* scratch_schema = "ingot check";

struct Replay {
  std::vector<std::string> sql;
  Model model;
};

/// The statements of all applied versions, without rows.
Result<Replay> replay_of(Kind kind, const std::string& place, const std::string& module, const History& history) {
  Replay replay;
  for (const auto& [version, row] : history) {
    INGOT_TRY(const std::vector<Operation> operations, recorded_operations(module, version, row));
    for (const Operation& operation : operations) {
      Model after = replay.model;
      if (auto taken = after.apply(operation); !taken) {
        return std::move(taken).error().with_context("the recorded version " + std::to_string(version));
      }
      for (DdlStatement& statement : ddl(kind, place, replay.model, operation)) {
        const bool rows = statement.finds_violations || !statement.params.empty();
        if (!rows) replay.sql.push_back(std::move(statement.sql));
      }
      replay.model = std::move(after);
    }
  }
  return replay;
}

Result<std::set<std::string>> owned_tables(Connection& connection, Kind kind, const std::string& module) {
  INGOT_TRY(const auto rows, connection.run({"SELECT table_name FROM " + HostSql(kind).owners + " WHERE module_name = $1"},
                                            std::vector{text_param(module)}));
  std::set<std::string> names;
  for (const HostRow& row : rows) names.insert(row.at(0).value_or(""));
  return names;
}

Result<void> play(Connection& connection, const Replay& replay) {
  for (const std::string& sql : replay.sql) {
    if (auto done = connection.run({sql}); !done) return std::move(done).error().with_context("while the applied versions were played again");
  }
  return {};
}

/// SQLite: in memory.
Result<Catalog> expected_sqlite(const Replay& replay, const std::set<std::string>& tables, Deadline deadline) {
  INGOT_TRY(const std::unique_ptr<Database> scratch, open_sqlite({":memory:"}));
  INGOT_TRY(const std::unique_ptr<Connection> connection, scratch->connect(deadline));
  INGOT_TRY_VOID(connection->begin_rebuild(deadline));
  const TransactionGuard transaction(*connection);
  INGOT_TRY_VOID(play(*connection, replay));
  return sqlite_catalog(*connection, tables);
}

/// PostgreSQL: in a schema of its own, which goes with the transaction.
Result<Catalog> expected_postgres(Connection& connection, const Replay& replay) {
  INGOT_TRY_VOID(play(connection, replay));
  return postgres_catalog(connection, scratch_schema);
}

}  // namespace

Result<std::vector<std::string>> Migrator::modules(Connection& connection) {
  const Kind kind = database_.kind();
  std::vector<std::string> names;
  INGOT_TRY(const bool there, has_host_tables(connection, kind));
  if (!there) return names;
  INGOT_TRY(const auto rows, connection.run({"SELECT DISTINCT module_name FROM " + HostSql(kind).history}));
  for (const HostRow& row : rows) names.push_back(row.at(0).value_or(""));
  std::ranges::sort(names);
  return names;
}

Result<std::vector<CatalogDifference>> Migrator::check(Connection& connection, const std::string& module, Deadline deadline) {
  const Kind kind = database_.kind();
  INGOT_TRY_VOID(connection.begin(deadline));
  const TransactionGuard transaction(connection);
  INGOT_TRY(const History history, read_history(connection, kind, module));
  if (history.empty()) return std::vector<CatalogDifference>();
  INGOT_TRY(const Replay replay, replay_of(kind, kind == Kind::sqlite ? module : scratch_schema, module, history));
  INGOT_TRY(const std::set<std::string> owned, owned_tables(connection, kind, module));
  std::set<std::string> tables = owned;
  for (const auto& [name, table] : replay.model.tables()) tables.insert(name);
  Catalog is;
  Catalog should;
  if (kind == Kind::sqlite) {
    INGOT_TRY(is, sqlite_catalog(connection, tables));
    INGOT_TRY(should, expected_sqlite(replay, tables, deadline));
  } else {
    INGOT_TRY(is, postgres_catalog(connection, module));
    INGOT_TRY(should, expected_postgres(connection, replay));
  }
  std::vector<CatalogDifference> list = differences(is, should);
  for (const auto& [name, table] : replay.model.tables()) {
    if (!owned.contains(name)) list.push_back({name, "", "the table is not recorded as the module's"});
  }
  for (const std::string& name : owned) {
    if (replay.model.find(name) == nullptr) list.push_back({name, "", "the name is recorded as the module's, and no applied version makes the table"});
  }
  return list;
}

}  // namespace ingot::db
