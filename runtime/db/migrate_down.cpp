// SPDX-License-Identifier: Apache-2.0
// Versions taken back. The history holds each version's operations, so the module that brought them may be gone or older by now.
#include <ranges>

#include "base/check.hpp"
#include "db/inverse.hpp"
#include "db/migrate.hpp"
#include "db/migrate_history.hpp"
#include "db/migrate_step.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

struct DownStep {
  int version = 0;
  Step step;
};

struct DownPlan {
  std::vector<DownStep> steps;            ///< newest version first
  std::vector<std::string> irreversible;
  std::vector<std::string> losses;
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
  std::vector<std::pair<int, Inverse>> inverses;
  for (const auto& [version, row] : history) {
    INGOT_TRY(const std::vector<Operation> operations, recorded_operations(module, version, row));
    const std::string name = "version " + std::to_string(version) + " ";
    if (version > target) {
      Inverse inverse = inverse_of(model, operations);
      for (const std::string& item : inverse.irreversible) plan.irreversible.push_back(name + item);
      for (const std::string& item : inverse.losses) plan.losses.push_back("taking back " + name + item);
      inverses.emplace_back(version, std::move(inverse));
    }
    for (const Operation& operation : operations) {
      if (auto taken = model.apply(operation); !taken) return std::move(taken).error().with_context("the recorded " + name);
    }
  }
  if (!plan.irreversible.empty()) return plan;
  for (const auto& [version, inverse] : std::views::reverse(inverses)) {
    plan.steps.push_back({version, make_step(kind, module, version, inverse.operations, model)});
  }
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
    if (plan.steps.empty()) return done;
    DownStep& next = plan.steps.front();
    if (next.step.plan.rebuilds != rebuild) {
      rebuild = !rebuild;
      continue;
    }
    if (auto ran = run_step(connection, kind, module, next.step, bounds); !ran) return context(std::move(ran).error());
    INGOT_TRY_VOID(connection.run({"DELETE FROM " + HostSql(kind).history + " WHERE module_name = $1 AND version = $2"},
                                  std::vector{text_param(module), integer_param(next.version)}));
    if (auto committed = transaction.commit(); !committed) return context(std::move(committed).error());
    done.push_back(std::move(next.step.plan));
  }
}

}  // namespace ingot::db
