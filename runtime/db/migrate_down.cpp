// SPDX-License-Identifier: Apache-2.0
// Versions taken back. The history holds each version's operations, so the module that brought them may be gone or older by now.
#include "base/check.hpp"
#include "db/inverse.hpp"
#include "db/migrate.hpp"
#include "db/migrate_history.hpp"
#include "db/migrate_step.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

struct DownPlan {
  int version = 0;                        ///< the newest, which goes first; 0: nothing is above the target
  Step step;                              ///< of that version
  std::vector<std::string> irreversible;  ///< of all versions above the target
  std::vector<std::string> losses;        ///< the same
};

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += "\n  " + item;
  return text;
}

Result<DownPlan> plan_down(Kind kind, const std::string& module, const History& history, int target) {
  if (target != 0 && !history.contains(target)) {
    std::string applied;
    for (const auto& [version, row] : history) applied += (applied.empty() ? "" : ", ") + std::to_string(version);
    return refused_migration("version " + std::to_string(target) + " of module '" + module + "' is not applied" +
                             (applied.empty() ? ": nothing is" : " (applied: " + applied + "; 0 takes all back)"));
  }
  DownPlan plan;
  Model model;
  Inverse newest;
  for (const auto& [version, row] : history) {
    INGOT_TRY(const std::vector<Operation> operations, recorded_operations(module, version, row));
    const std::string name = "version " + std::to_string(version) + " ";
    // A record that was repaired may leave those above it without what they stand on.
    Model after = model;
    for (const Operation& operation : operations) {
      if (auto taken = after.apply(operation); !taken) return std::move(taken).error().with_context("the recorded " + name);
    }
    if (version > target) {
      newest = inverse_of(model, operations);
      for (const std::string& item : newest.irreversible) plan.irreversible.push_back(name + item);
      for (const std::string& item : newest.losses) plan.losses.push_back("taking back " + name + item);
      plan.version = version;
    }
    model = std::move(after);
  }
  if (plan.irreversible.empty() && plan.version != 0) plan.step = make_step(kind, module, plan.version, newest.operations, model);
  return plan;
}

Result<void> check_consent(const DownPlan& plan, bool allow_data_loss) {
  if (!plan.irreversible.empty()) {
    return refused_migration("this cannot be taken back (restore a backup, or go on with a new version):" + listed(plan.irreversible));
  }
  if (!allow_data_loss && !plan.losses.empty()) {
    return refused_migration("this destroys data, so it needs --allow-data-loss:" + listed(plan.losses));
  }
  return {};
}

}  // namespace

Result<std::vector<PlannedVersion>> Migrator::down(Connection& connection, const std::string& module, int target, bool allow_data_loss,
                                                   Deadline deadline) {
  const Kind kind = database_.kind();
  INGOT_TRY_VOID(MigrationLock::acquire(connection, kind, deadline));
  const MigrationLock lock(connection, kind);
  const MigrationBounds bounds{deadline, timeouts_.lock_ms, timeouts_.statement_ms};
  std::vector<PlannedVersion> done;
  bool rebuild = false;
  for (;;) {
    const auto context = [&](Error error) {
      return done.empty() ? error : std::move(error).with_context("after " + std::to_string(done.size()) + " of the versions were taken back");
    };
    if (auto begun = rebuild ? connection.begin_rebuild(deadline) : connection.begin_write(deadline); !begun) return context(begun.error());
    TransactionGuard transaction(connection);
    INGOT_TRY(const History history, read_history(connection, kind, module));
    INGOT_TRY(DownPlan plan, plan_down(kind, module, history, target));
    INGOT_TRY_VOID(check_consent(plan, allow_data_loss));
    if (plan.version == 0) return done;
    if (plan.step.plan.rebuilds != rebuild) {
      rebuild = !rebuild;
      continue;
    }
    if (auto ran = run_step(connection, kind, module, plan.step, bounds); !ran) return context(std::move(ran).error());
    INGOT_TRY_VOID(connection.run({"DELETE FROM " + HostSql(kind).history + " WHERE module_name = $1 AND version = $2"},
                                  std::vector{text_param(module), integer_param(plan.version)}));
    if (auto committed = transaction.commit(); !committed) return context(std::move(committed).error());
    done.push_back(std::move(plan.step.plan));
  }
}

}  // namespace ingot::db
