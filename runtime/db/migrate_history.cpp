// SPDX-License-Identifier: Apache-2.0
#include "db/migrate_history.hpp"

#include <thread>

#include "db/accounts.hpp"
#include "db/audit.hpp"
#include "db/migrate_ops.hpp"
#include "db/model_parts.hpp"
#include "db/rollback.hpp"
#include "db/sql_rewrite.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr std::chrono::milliseconds lock_poll_interval{25};
constexpr std::int64_t lock_key = 0x494E474F54;  // "INGOT": one migration runner per PostgreSQL database

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

}  // namespace

HostSql::HostSql(Kind kind)
    : history(kind == Kind::sqlite ? "ingot_module_migrations" : "ingot.module_migrations"),
      owners(kind == Kind::sqlite ? "ingot_module_tables" : "ingot.module_tables"),
      applied_at(kind == Kind::sqlite ? "applied_at" : "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')") {}

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
  for (std::string& table : AuditTable::create(kind)) sql.push_back(std::move(table));
  for (std::string& function : host_functions(kind)) sql.push_back(std::move(function));
  return sql;
}

Result<void> MigrationLock::acquire(Connection& connection, Kind kind, Deadline deadline) {
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

MigrationLock::~MigrationLock() {
  if (kind_ == Kind::sqlite || connection_.broken()) return;
  // A failure means that the session is gone, and the lock with it.
  (void)connection_.run({"SELECT pg_advisory_unlock($1::bigint)"}, std::vector{integer_param(lock_key)});
}

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
  INGOT_TRY(const auto rows, connection.run({"SELECT version, checksum, " + host.applied_at + ", operations FROM " + host.history +
                                             " WHERE module_name = $1"},
                                            std::vector{text_param(module)}));
  History history;
  for (const HostRow& row : rows) {
    history[std::stoi(row.at(0).value_or("0"))] = {row.at(1).value_or(""), row.at(2).value_or(""), row.at(3).value_or("")};
  }
  return history;
}

Result<std::vector<Operation>> recorded_operations(const std::string& module, int version, const HistoryRow& row) {
  const Error damaged = refused_migration("the history of module '" + module + "' was changed behind the host's back: what it holds of version " +
                                          std::to_string(version) + " does not have the recorded checksum. With the module there, `ingot " +
                                          "migrate repair` writes both anew; else restore the row from a backup");
  if (sha256_hex(row.operations) != row.checksum) return damaged;
  const nlohmann::json list = nlohmann::json::parse(row.operations, nullptr, false);
  if (!list.is_array()) return damaged;
  std::vector<Operation> operations;
  for (const nlohmann::json& node : list) {
    INGOT_TRY(operations.emplace_back(), parse_canonical(node));
  }
  return operations;
}

}  // namespace ingot::db
