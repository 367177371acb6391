// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "application.hpp"
#include "cli/commands.hpp"
#include "cli/statement_json.hpp"
#include "db/version_state.hpp"

namespace ingot::cli {
namespace {

/// One module's part of a verb: fills `out` for --json, prints otherwise.
Result<void> one_module(MigrateVerb verb, db::Migrator& migrator, db::Connection& connection, const db::MigrationSet& set, bool json,
                        nlohmann::json& out) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  switch (verb) {
    case MigrateVerb::plan: {
      INGOT_TRY(const auto planned, migrator.plan(connection, set));
      for (const db::PlannedVersion& version : planned) {
        if (json) {
          out.push_back(version_json(version));
          continue;
        }
        std::fputs(version_text(version).c_str(), stdout);
      }
      return {};
    }
    case MigrateVerb::apply: {
      INGOT_TRY(const int applied, migrator.apply(connection, set, deadline));
      if (json) out.push_back({{"module", set.module()}, {"applied", applied}});
      else std::printf("%-16s %d version%s applied\n", set.module().c_str(), applied, applied == 1 ? "" : "s");
      return {};
    }
    case MigrateVerb::status: {
      INGOT_TRY(const auto rows, migrator.status(connection, set));
      for (const db::VersionStatus& row : rows) {
        if (json) {
          out.push_back({{"module", row.module}, {"version", row.version}, {"state", db::version_state_name(row.state)}, {"applied_at", row.applied_at},
                         {"checksum", row.checksum}});
          continue;
        }
        std::printf("%-16s %4d  %-9s %s\n", row.module.c_str(), row.version, db::version_state_name(row.state), row.applied_at.c_str());
      }
      return {};
    }
  }
  return {};
}

}  // namespace

int migrate(MigrateVerb verb, const std::string& config_path, bool json) {
  auto config = load_config(config_path);
  if (!config.ok()) return report(config.error(), json);
  observe::silence_log();  // what the log would say is printed below, once
  auto application = Application::load(*config, verb == MigrateVerb::apply ? Application::Migrate::prepare : Application::Migrate::leave);
  if (!application.ok()) return report(application.error(), json);
  auto lease = (*application)->connections().acquire(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!lease.ok()) return report(lease.error(), json);
  db::Migrator migrator((*application)->database(), config->migration_timeouts);
  nlohmann::json out = nlohmann::json::array();
  int exit_code = 0;
  std::set<std::string> failed;
  const auto fail = [&](const std::string& module, const Error& error) {
    failed.insert(module);
    if (json) out.push_back({{"module", module}, {"error", {{"code", error_code_name(error.code)}, {"message", error.message}}}});
    exit_code = report(Error{error}.with_context("module " + module));
  };
  for (const ModuleEntry& entry : (*application)->modules()) {
    if (entry.state == ModuleState::quarantined) fail(entry.found.description.name, Error{entry.code, entry.reason});
  }
  // In the order of loading: what a module depends on comes first, and a module whose dependency failed is not touched.
  int levels = 0;
  for (const ModuleEntry& entry : (*application)->modules()) levels = std::max(levels, entry.level + 1);
  for (int level = 0; level < levels; ++level) {
    for (const ModuleEntry& entry : (*application)->modules()) {
      const modules::Description& description = entry.found.description;
      if (entry.level != level || entry.state != ModuleState::active) continue;
      const auto missing = std::ranges::find_if(description.depends, [&](const std::string& name) { return failed.contains(name); });
      if (missing != description.depends.end()) {
        fail(description.name, Error{ErrorCode::migration, "depends on '" + *missing + "', which failed"});
        continue;
      }
      const auto outcome = one_module(verb, migrator, **lease, entry.module->migrations(), json, out);
      if (!outcome.ok()) fail(description.name, outcome.error());
    }
  }
  if (json) std::printf("%s\n", out.dump(2).c_str());
  return exit_code;
}

}  // namespace ingot::cli
