// SPDX-License-Identifier: Apache-2.0
// Upwards: what is missing, planned, applied and shown. Downwards: migrate_down.cpp.
#include "db/migrate.hpp"

#include <map>

#include "base/check.hpp"
#include "db/accounts.hpp"
#include "db/migrate_history.hpp"
#include "db/migrate_ops.hpp"
#include "db/migrate_step.hpp"
#include "db/model_parts.hpp"
#include "db/rollback.hpp"

namespace ingot::db {
namespace {

constexpr std::chrono::seconds prepare_patience{60};

/// The history against the module's text: nothing changed, nothing slipped in below what is applied.
Result<void> check_history(const MigrationSet& set, const History& history) {
  const int highest = history.empty() ? 0 : history.rbegin()->first;
  for (const MigrationVersion& version : set.versions()) {
    const std::string name = "version " + std::to_string(version.version) + " of module '" + set.module() + "'";
    const auto row = history.find(version.version);
    if (row == history.end()) {
      if (version.version < highest) {
        return refused_migration(name + " was never applied, but version " + std::to_string(highest) +
                                 " was: give the new operations a higher version");
      }
    } else if (row->second.checksum != version.checksum) {
      return refused_migration(name + " was changed after it was applied (checksum " + row->second.checksum.substr(0, 12) + ", now " +
                               version.checksum.substr(0, 12) + "): restore its text, and put the change into a new version");
    }
  }
  return {};
}

struct Pending {
  const MigrationVersion* version = nullptr;
  Step step;
};

/// The versions that the history lacks, in order: the first `most` of them, since a module may have thousands.
std::vector<Pending> pending_steps(Kind kind, const MigrationSet& set, const std::vector<MigrationSet::Operations>& operations,
                                   const History& history, std::size_t most) {
  std::vector<Pending> steps;
  Model model;
  for (std::size_t i = 0; i < set.versions().size() && steps.size() < most; ++i) {
    const MigrationVersion& version = set.versions()[i];
    if (history.contains(version.version)) {
      for (const Operation& operation : operations[i].list) INGOT_CHECK(model.apply(operation).ok());
    } else {
      steps.push_back({&version, make_step(kind, set.module(), version.version, operations[i].list, model)});
    }
  }
  return steps;
}

/// The row that says that the version was applied.
Result<void> record(Connection& connection, Kind kind, const std::string& module, const MigrationVersion& version) {
  INGOT_TRY_VOID(connection.run({"INSERT INTO " + HostSql(kind).history +
                                 " (module_name, version, entity, checksum, operations) VALUES ($1, $2, $3, $4, $5)"},
                                std::vector{text_param(module), integer_param(version.version), text_param(version.entity),
                                            text_param(version.checksum), text_param(version.canonical)}));
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
  for (Pending& pending : pending_steps(kind, set, *set.operations_, history, set.versions().size())) {
    INGOT_TRY_VOID(check_owners(connection, kind, set.module(), pending.step));
    planned.push_back(std::move(pending.step.plan));
  }
  return planned;
}

Result<int> Migrator::apply(Connection& connection, const MigrationSet& set, Deadline deadline) {
  const Kind kind = database_.kind();
  if (set.versions().empty()) return 0;
  INGOT_TRY_VOID(MigrationLock::acquire(connection, kind, deadline));
  const MigrationLock lock(connection, kind);
  const MigrationBounds bounds{deadline, timeouts_.lock_ms, timeouts_.statement_ms};
  bool rebuild = false;
  for (int applied = 0;;) {
    // The history is read inside the transaction that adds to it: whoever came second sees what the first one did.
    INGOT_TRY_VOID(rebuild ? connection.begin_rebuild(deadline) : connection.begin_write(deadline));
    TransactionGuard transaction(connection);
    INGOT_TRY(const History history, read_history(connection, kind, set.module()));
    INGOT_TRY_VOID(check_history(set, history));
    const std::vector<Pending> steps = pending_steps(kind, set, *set.operations_, history, 1);
    if (steps.empty()) return applied;
    if (steps.front().step.plan.rebuilds != rebuild) {
      rebuild = !rebuild;  // known only now: once more, in a transaction of that kind
      continue;
    }
    INGOT_TRY_VOID(run_step(connection, kind, set.module(), steps.front().step, bounds));
    INGOT_TRY_VOID(record(connection, kind, set.module(), *steps.front().version));
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
