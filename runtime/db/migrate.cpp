// SPDX-License-Identifier: Apache-2.0
#include "db/migrate.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <thread>

#include "db/accounts.hpp"
#include "db/ddl.hpp"
#include "db/migrate_ops.hpp"
#include "db/rollback.hpp"
#include "db/sql_rewrite.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr std::chrono::seconds prepare_patience{60};
constexpr std::chrono::milliseconds lock_poll_interval{25};
constexpr std::int64_t lock_key = 0x494E474F54;  // "INGOT": one migration runner per PostgreSQL database

Error refused(const std::string& why) { return Error{ErrorCode::migration, why}; }

Param text_param(std::string text) {
  Param param;
  param.kind = Param::Kind::text;
  param.text = std::move(text);
  return param;
}

Param integer_param(std::int64_t value) {
  Param param;
  param.kind = Param::Kind::integer;
  param.integer = value;
  return param;
}

/// The host's own tables, in each database's dialect.
struct HostSql {
  std::string history;
  std::string owners;
  std::string applied_at;  ///< expression: the time as text

  explicit HostSql(Kind kind)
      : history(kind == Kind::sqlite ? "ingot_module_migrations" : "ingot.module_migrations"),
        owners(kind == Kind::sqlite ? "ingot_module_tables" : "ingot.module_tables"),
        applied_at(kind == Kind::sqlite ? "applied_at" : "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')") {}
};

/// On PostgreSQL, what a guest's `||` and replace() become (sql_rewrite.hpp): the same, but no text grows beyond value_bytes_max.
std::vector<std::string> host_functions(Kind kind) {
  if (kind == Kind::sqlite) return {};
  const std::string bytes_max = std::to_string(value_bytes_max);
  const std::string refuse = "RAISE EXCEPTION 'a text would have more than " + bytes_max + " bytes' USING ERRCODE = '54000'";
  return {
      "CREATE OR REPLACE FUNCTION ingot.concat(a text, b text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$BEGIN "
      "IF octet_length(a) + octet_length(b) > " +
          bytes_max + " THEN " + refuse +
          "; END IF; "
          "RETURN a OPERATOR(pg_catalog.||) b; END$$",
      "CREATE OR REPLACE FUNCTION ingot.concat(a text, b anynonarray) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS "
      "$$SELECT ingot.concat(a, b::pg_catalog.text)$$",
      "CREATE OR REPLACE FUNCTION ingot.concat(a anynonarray, b text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS "
      "$$SELECT ingot.concat(a::pg_catalog.text, b)$$",
      // What is taken out and what is put in are counted only where the coarse bound does not do.
      "CREATE OR REPLACE FUNCTION ingot.replace(a text, b text, c text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS "
      "$$BEGIN IF octet_length(c) > octet_length(b) AND octet_length(b) > 0 AND "
      "octet_length(a)::bigint * octet_length(c) / octet_length(b) > " +
          bytes_max +
          " AND "
          "octet_length(a)::bigint + (octet_length(a) - octet_length(pg_catalog.replace(a, b, ''))) / octet_length(b) "
          "* (octet_length(c) - octet_length(b))::bigint > " +
          bytes_max + " THEN " + refuse +
          "; END IF; "
          "RETURN pg_catalog.replace(a, b, c); END$$",
      "DO $$BEGIN IF to_regoperator('ingot.||(text,text)') IS NULL THEN "
      "CREATE OPERATOR ingot.|| (FUNCTION = ingot.concat, LEFTARG = text, RIGHTARG = text); "
      "CREATE OPERATOR ingot.|| (FUNCTION = ingot.concat, LEFTARG = text, RIGHTARG = anynonarray); "
      "CREATE OPERATOR ingot.|| (FUNCTION = ingot.concat, LEFTARG = anynonarray, RIGHTARG = text); END IF; END$$",
  };
}

std::vector<std::string> host_tables(Kind kind) {
  const HostSql host(kind);
  const std::string version = kind == Kind::sqlite ? "INTEGER" : "INT";
  const std::string time =
      kind == Kind::sqlite ? "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))" : "TIMESTAMPTZ NOT NULL DEFAULT now()";
  const std::string options = kind == Kind::sqlite ? " STRICT" : "";
  std::vector<std::string> sql;
  if (kind == Kind::postgresql) sql.emplace_back("CREATE SCHEMA IF NOT EXISTS ingot");
  sql.push_back("CREATE TABLE IF NOT EXISTS " + host.history + " (module_name TEXT NOT NULL, version " + version +
                " NOT NULL, entity TEXT NOT NULL, checksum TEXT NOT NULL, operations TEXT NOT NULL, applied_at " + time +
                ", PRIMARY KEY (module_name, version))" + options);
  sql.push_back("CREATE TABLE IF NOT EXISTS " + host.owners + " (table_name TEXT NOT NULL PRIMARY KEY, module_name TEXT NOT NULL)" +
                options);
  sql.push_back(RollbackTable::create(kind));
  for (std::string& table : AccountTables::create(kind)) sql.push_back(std::move(table));
  for (std::string& function : host_functions(kind)) sql.push_back(std::move(function));
  return sql;
}

/// Rolls back unless told that the transaction was committed.
class TransactionGuard {
 public:
  explicit TransactionGuard(Connection& connection) : connection_(&connection) {}
  ~TransactionGuard() {
    if (connection_ != nullptr) connection_->rollback();
  }
  TransactionGuard(const TransactionGuard&) = delete;
  TransactionGuard& operator=(const TransactionGuard&) = delete;
  Result<void> commit() {
    Connection* connection = std::exchange(connection_, nullptr);
    return connection->commit();
  }

 private:
  Connection* connection_;
};

/// PostgreSQL's session lock. SQLite needs none: BEGIN IMMEDIATE lets one writer in. Released with the object; a session that
/// breaks releases it on the server's side.
class MigrationLock {
 public:
  static Result<void> acquire(Connection& connection, Kind kind, Deadline deadline) {
    if (kind == Kind::sqlite) return {};
    for (;;) {
      INGOT_TRY(const auto rows, connection.run({"SELECT pg_try_advisory_lock($1::bigint)::text"}, std::vector{integer_param(lock_key)}));
      if (!rows.empty() && rows[0].at(0) == "true") return {};
      if (Clock::now() + lock_poll_interval > deadline) {
        return Error{ErrorCode::deadline, "another process is migrating this database, and the deadline came before it was done"};
      }
      std::this_thread::sleep_for(lock_poll_interval);
    }
  }
  MigrationLock(Connection& connection, Kind kind) : connection_(connection), kind_(kind) {}
  ~MigrationLock() {
    if (kind_ == Kind::sqlite || connection_.broken()) return;
    // A failure means that the session is gone, and the lock with it.
    (void)connection_.run({"SELECT pg_advisory_unlock($1::bigint)"}, std::vector{integer_param(lock_key)});
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

 private:
  Connection& connection_;
  Kind kind_;
};

struct HistoryRow {
  std::string checksum;
  std::string applied_at;
};
using History = std::map<int, HistoryRow>;

/// True when the host's own tables are there. They are made by prepare() alone: who only reads an unused database leaves it unused.
Result<bool> has_host_tables(Connection& connection, Kind kind) {
  const HostSql host(kind);
  const std::string question = kind == Kind::sqlite ? "SELECT 1 FROM sqlite_schema WHERE name = '" + host.owners + "'"
                                                    : "SELECT 1 WHERE to_regclass('" + host.owners + "') IS NOT NULL AND to_regclass('" +
                                                          host.history + "') IS NOT NULL";
  INGOT_TRY(const auto found, connection.run({question}));
  return !found.empty();
}

Result<bool> has_host_functions(Connection& connection, Kind kind) {
  if (kind == Kind::sqlite) return true;
  INGOT_TRY(const auto found, connection.run({"SELECT 1 WHERE to_regoperator('ingot.||(text,text)') IS NOT NULL"}));
  return !found.empty();
}

Result<History> read_history(Connection& connection, Kind kind, const std::string& module) {
  const HostSql host(kind);
  INGOT_TRY(const bool there, has_host_tables(connection, kind));
  if (!there) return History{};
  INGOT_TRY(const auto rows,
            connection.run({"SELECT version, checksum, " + host.applied_at + " FROM " + host.history + " WHERE module_name = $1"},
                           std::vector{text_param(module)}));
  History history;
  for (const HostRow& row : rows) {
    history[std::stoi(row.at(0).value_or("0"))] = {row.at(1).value_or(""), row.at(2).value_or("")};
  }
  return history;
}

/// The history against the module's text: nothing changed, nothing slipped in below what is applied.
Result<void> check_history(const MigrationSet& set, const History& history) {
  const int highest = history.empty() ? 0 : history.rbegin()->first;
  for (const MigrationVersion& version : set.versions()) {
    const std::string name = "version " + std::to_string(version.version) + " of module '" + set.module() + "'";
    const auto row = history.find(version.version);
    if (row == history.end()) {
      if (version.version < highest) {
        return refused(name + " was never applied, but version " + std::to_string(highest) +
                       " was: give the new operations a higher version");
      }
    } else if (row->second.checksum != version.checksum) {
      return refused(name + " was changed after it was applied (checksum " + row->second.checksum.substr(0, 12) + ", now " +
                     version.checksum.substr(0, 12) + "): restore its text, and put the change into a new version");
    }
  }
  return {};
}

/// One version, ready to run.
struct Step {
  const MigrationVersion* version = nullptr;
  PlannedVersion plan;
  std::vector<std::string> created;  ///< names that become the module's
  std::vector<std::string> dropped;  ///< names that become free
  void give_up(const std::string& table) {
    if (std::erase(created, table) == 0) dropped.push_back(table);
  }
};

Step make_step(Kind kind, const std::string& module, const MigrationVersion& version, const std::vector<Operation>& list, Model& model) {
  Step step;
  step.version = &version;
  step.plan.module = module;
  step.plan.version = version.version;
  bool seeds = false;
  for (const Operation& operation : list) {
    std::ranges::move(ddl(kind, module, model, operation), std::back_inserter(step.plan.statements));
    step.plan.rebuilds = step.plan.rebuilds || rebuilds_table(kind, model, operation);
    if (const auto* create = std::get_if<CreateTable>(&operation)) step.created.push_back(create->table);
    if (const auto* add = std::get_if<AddColumn>(&operation); add != nullptr && model.find(add->table) == nullptr) {
      step.created.push_back(add->table);
    }
    if (const auto* drop = std::get_if<DropTable>(&operation)) step.give_up(drop->table);
    if (const auto* rename = std::get_if<RenameTable>(&operation)) {
      step.give_up(rename->table);
      step.created.push_back(rename->new_name);
    }
    step.plan.destructive =
        step.plan.destructive || std::holds_alternative<DropTable>(operation) || std::holds_alternative<DropColumn>(operation);
    seeds = seeds || std::holds_alternative<InsertRows>(operation);
    INGOT_CHECK(model.apply(operation).ok());
  }
  // A rebuild looks at its own table. Rows that came in while foreign keys were off are looked at here.
  for (const auto& [name, table] : model.tables()) {
    if (!seeds || !step.plan.rebuilds) break;
    DdlStatement check;
    check.sql = "PRAGMA foreign_key_check(" + quoted_identifier(name) + ")";
    check.finds_violations = true;
    step.plan.statements.push_back(std::move(check));
  }
  return step;
}

/// The versions that the history lacks, in order.
std::vector<Step> pending_steps(Kind kind, const MigrationSet& set, const std::vector<MigrationSet::Operations>& operations,
                                const History& history) {
  std::vector<Step> steps;
  Model model;
  for (std::size_t i = 0; i < set.versions().size(); ++i) {
    const MigrationVersion& version = set.versions()[i];
    if (history.contains(version.version)) {
      for (const Operation& operation : operations[i].list) INGOT_CHECK(model.apply(operation).ok());
    } else {
      steps.push_back(make_step(kind, set.module(), version, operations[i].list, model));
    }
  }
  return steps;
}

Result<void> check_owners(Connection& connection, Kind kind, const std::string& module, const Step& step) {
  const HostSql host(kind);
  INGOT_TRY(const bool there, has_host_tables(connection, kind));
  if (!there) return {};
  for (const std::string& table : step.created) {
    INGOT_TRY(const auto rows,
              connection.run({"SELECT module_name FROM " + host.owners + " WHERE table_name = $1"}, std::vector{text_param(table)}));
    if (rows.empty()) continue;
    const std::string owner = rows[0].at(0).value_or("");
    if (owner == module && std::ranges::find(step.dropped, table) != step.dropped.end()) continue;  // dropped and made anew
    return refused("the table '" + table + "' belongs to module '" + owner + "'");
  }
  return {};
}

Result<void> run_statement(Connection& connection, const DdlStatement& statement) {
  const auto done = connection.run({statement.sql}, statement.params);
  if (done.ok() && !(statement.finds_violations && !done->empty())) return {};
  Error error = done.ok() ? Error{ErrorCode::migration, "a row refers to one that is not there (FOREIGN KEY)"} : done.error();
  if (error.code == ErrorCode::database) error.code = ErrorCode::migration;
  if (!statement.advice.empty()) error.message += ". " + statement.advice;
  return error;
}

Result<void> run_step(Connection& connection, Kind kind, const std::string& module, const Step& step) {
  const HostSql host(kind);
  INGOT_TRY_VOID(check_owners(connection, kind, module, step));
  for (const DdlStatement& statement : step.plan.statements) {
    if (auto done = run_statement(connection, statement); !done) {
      return std::move(done).error().with_context("version " + std::to_string(step.plan.version) + " of module '" + module + "'");
    }
  }
  for (const std::string& table : step.dropped) {
    INGOT_TRY(const auto rows, connection.run({"DELETE FROM " + host.owners + " WHERE table_name = $1 AND module_name = $2"},
                                              std::vector{text_param(table), text_param(module)}));
    (void)rows;
  }
  for (const std::string& table : step.created) {
    INGOT_TRY(const auto rows, connection.run({"INSERT INTO " + host.owners + " (table_name, module_name) VALUES ($1, $2)"},
                                              std::vector{text_param(table), text_param(module)}));
    (void)rows;
  }
  INGOT_TRY(
      const auto rows,
      connection.run({"INSERT INTO " + host.history + " (module_name, version, entity, checksum, operations) VALUES ($1, $2, $3, $4, $5)"},
                     std::vector{text_param(module), integer_param(step.plan.version), text_param(step.version->entity),
                                 text_param(step.version->checksum), text_param(step.version->canonical)}));
  (void)rows;
  return {};
}

}  // namespace

Result<void> Migrator::prepare(Connection& connection) {
  const Kind kind = database_.kind();
  const Deadline deadline = Clock::now() + prepare_patience;
  // Mostly the tables are there: then nobody waits for a running migration.
  INGOT_TRY(const bool there, has_host_tables(connection, kind));
  INGOT_TRY(const bool complete, has_host_functions(connection, kind));
  INGOT_TRY(const bool guarded, RollbackTable(database_).exists(connection));
  INGOT_TRY(const bool accounts, AccountTables(database_).exists(connection));
  if (there && complete && guarded && accounts) return {};
  // CREATE ... IF NOT EXISTS alone is no answer: two sessions of PostgreSQL that do it at once collide in its catalog.
  INGOT_TRY_VOID(MigrationLock::acquire(connection, kind, deadline));
  const MigrationLock lock(connection, kind);
  INGOT_TRY_VOID(connection.begin_write(deadline));
  TransactionGuard transaction(connection);
  for (const std::string& sql : host_tables(kind)) {
    if (auto done = connection.run({sql}); !done) return std::move(done).error().with_context("while the host's tables were made");
  }
  return transaction.commit();
}

Result<std::vector<PlannedVersion>> Migrator::plan(Connection& connection, const MigrationSet& set) {
  const Kind kind = database_.kind();
  INGOT_TRY(const History history, read_history(connection, kind, set.module()));
  INGOT_TRY_VOID(check_history(set, history));
  std::vector<PlannedVersion> planned;
  for (Step& step : pending_steps(kind, set, *set.operations_, history)) {
    INGOT_TRY_VOID(check_owners(connection, kind, set.module(), step));
    planned.push_back(std::move(step.plan));
  }
  return planned;
}

Result<int> Migrator::apply(Connection& connection, const MigrationSet& set, Deadline deadline) {
  const Kind kind = database_.kind();
  if (set.versions().empty()) return 0;
  INGOT_TRY_VOID(MigrationLock::acquire(connection, kind, deadline));
  const MigrationLock lock(connection, kind);
  bool rebuild = false;
  for (int applied = 0;;) {
    // The history is read inside the transaction that adds to it: whoever came second sees what the first one did.
    INGOT_TRY_VOID(rebuild ? connection.begin_rebuild(deadline) : connection.begin_write(deadline));
    TransactionGuard transaction(connection);
    INGOT_TRY(const History history, read_history(connection, kind, set.module()));
    INGOT_TRY_VOID(check_history(set, history));
    const std::vector<Step> steps = pending_steps(kind, set, *set.operations_, history);
    if (steps.empty()) return applied;
    if (steps.front().plan.rebuilds != rebuild) {
      rebuild = !rebuild;  // known only now: once more, in a transaction of that kind
      continue;
    }
    INGOT_TRY_VOID(run_step(connection, kind, set.module(), steps.front()));
    INGOT_TRY_VOID(transaction.commit());
    ++applied;
  }
}

Result<std::vector<VersionStatus>> Migrator::status(Connection& connection, const MigrationSet& set) {
  INGOT_TRY(History history, read_history(connection, database_.kind(), set.module()));
  std::map<int, VersionStatus> states;
  for (const MigrationVersion& version : set.versions()) {
    VersionStatus state{
        .module = set.module(), .version = version.version, .state = VersionState::pending, .applied_at = {}, .checksum = version.checksum};
    if (const auto row = history.find(version.version); row != history.end()) {
      state.state = row->second.checksum == version.checksum ? VersionState::applied : VersionState::changed;
      state.applied_at = row->second.applied_at;
    }
    states.emplace(version.version, std::move(state));
  }
  for (auto& [version, row] : history) {
    states.try_emplace(version, VersionStatus{.module = set.module(),
                                              .version = version,
                                              .state = VersionState::orphaned,
                                              .applied_at = row.applied_at,
                                              .checksum = row.checksum});
  }
  std::vector<VersionStatus> list;
  for (auto& [version, state] : states) list.push_back(std::move(state));
  return list;
}

}  // namespace ingot::db
