// SPDX-License-Identifier: Apache-2.0
#include "db/migrate_step.hpp"

#include <algorithm>
#include <iterator>

#include "base/check.hpp"
#include "db/ddl.hpp"
#include "db/migrate_history.hpp"
#include "db/model_parts.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

/// What a statement says that one of our own timeouts ended, in place of the server's words.
std::string timeout_message(const Error& error, const MigrationBounds& bounds) {
  if (error.code == ErrorCode::unavailable) {
    return "another transaction held a lock on the table for " + std::to_string(bounds.lock_timeout_ms) +
           " ms (ingot.migrations.lock_timeout_ms): try again when the database is quieter, or allow more";
  }
  if (error.code == ErrorCode::deadline && bounds.statement_timeout_ms > 0 && Clock::now() < bounds.deadline) {
    return "the statement took longer than " + std::to_string(bounds.statement_timeout_ms) +
           " ms (ingot.migrations.statement_timeout_ms): allow more, at a time when the table may be locked that long";
  }
  return {};
}

Result<void> run_statement(Connection& connection, const DdlStatement& statement, const MigrationBounds& bounds) {
  const auto done = connection.run({statement.sql}, statement.params);
  if (done.ok() && !(statement.finds_violations && !done->empty())) return {};
  Error error = done.ok() ? Error{ErrorCode::migration, "a row refers to one that is not there (FOREIGN KEY)"} : done.error();
  if (std::string timeout = timeout_message(error, bounds); !timeout.empty()) return Error{ErrorCode::deadline, std::move(timeout)};
  if (error.code == ErrorCode::database) error.code = ErrorCode::migration;
  if (!statement.advice.empty()) error.message += ". " + statement.advice;
  return error;
}

}  // namespace

Step make_step(Kind kind, const std::string& module, int version, const std::vector<Operation>& operations, Model& model) {
  Step step;
  step.plan.module = module;
  step.plan.version = version;
  bool rows_change = false;
  for (const Operation& operation : operations) {
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
    rows_change = rows_change || std::holds_alternative<InsertRows>(operation) || std::holds_alternative<DeleteRows>(operation);
    INGOT_CHECK(model.apply(operation).ok());
  }
  step.plan.destructive = std::ranges::any_of(step.plan.statements, &DdlStatement::destructive);
  // A rebuild looks at its own table. Rows that came or went while foreign keys were off are looked at here.
  for (const auto& [name, table] : model.tables()) {
    if (!rows_change || !step.plan.rebuilds) break;
    DdlStatement check;
    check.sql = "PRAGMA foreign_key_check(" + quoted_identifier(name) + ")";
    check.finds_violations = true;
    step.plan.statements.push_back(std::move(check));
  }
  return step;
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
    return refused_migration("the table '" + table + "' belongs to module '" + owner + "'");
  }
  return {};
}

Result<void> run_step(Connection& connection, Kind kind, const std::string& module, const Step& step, const MigrationBounds& bounds) {
  const HostSql host(kind);
  INGOT_TRY_VOID(check_owners(connection, kind, module, step));
  if (kind == Kind::postgresql) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(bounds.deadline - Clock::now()).count();
    if (bounds.lock_timeout_ms > 0) {
      INGOT_TRY_VOID(connection.run({"SET LOCAL lock_timeout = " + std::to_string(bounds.lock_timeout_ms)}));
    }
    if (bounds.statement_timeout_ms > 0 && std::int64_t{bounds.statement_timeout_ms} < left) {
      INGOT_TRY_VOID(connection.run({"SET LOCAL statement_timeout = " + std::to_string(bounds.statement_timeout_ms)}));
    }
  }
  for (const DdlStatement& statement : step.plan.statements) {
    if (auto done = run_statement(connection, statement, bounds); !done) {
      return std::move(done).error().with_context("version " + std::to_string(step.plan.version) + " of module '" + module + "'");
    }
  }
  for (const std::string& table : step.dropped) {
    INGOT_TRY_VOID(connection.run({"DELETE FROM " + host.owners + " WHERE table_name = $1 AND module_name = $2"},
                                  std::vector{text_param(table), text_param(module)}));
  }
  for (const std::string& table : step.created) {
    INGOT_TRY_VOID(connection.run({"INSERT INTO " + host.owners + " (table_name, module_name) VALUES ($1, $2)"},
                                  std::vector{text_param(table), text_param(module)}));
  }
  return {};
}

}  // namespace ingot::db
