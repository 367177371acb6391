// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "application.hpp"
#include "cli/commands.hpp"

namespace ingot::cli {
namespace {

const char* state_name(db::VersionState state) {
  switch (state) {
    case db::VersionState::applied: return "applied";
    case db::VersionState::pending: return "pending";
    case db::VersionState::changed: return "changed";
    case db::VersionState::orphaned: return "orphaned";
  }
  return "?";
}

/// One module's part of a verb: fills `out` for --json, prints otherwise.
Result<void> one_module(MigrateVerb verb, db::Migrator& migrator, db::Connection& connection, const db::MigrationSet& set, bool json,
                        nlohmann::json& out) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  switch (verb) {
    case MigrateVerb::plan: {
      INGOT_TRY(const auto planned, migrator.plan(connection, set));
      for (const db::PlannedVersion& version : planned) {
        if (json) {
          out.push_back({{"module", version.module}, {"version", version.version}, {"sql", version.sql}, {"destructive", version.destructive}});
          continue;
        }
        std::printf("-- %s version %d%s\n", version.module.c_str(), version.version, version.destructive ? "  (destroys data)" : "");
        for (const std::string& sql : version.sql) std::printf("%s;\n", sql.c_str());
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
          out.push_back({{"module", row.module}, {"version", row.version}, {"state", state_name(row.state)}, {"applied_at", row.applied_at},
                         {"checksum", row.checksum}});
          continue;
        }
        std::printf("%-16s %4d  %-9s %s\n", row.module.c_str(), row.version, state_name(row.state), row.applied_at.c_str());
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
  observe::configure_log(config->log_format, observe::Level::error);
  auto application = Application::load(*config, Application::Migrate::leave);
  if (!application.ok()) return report(application.error(), json);
  auto lease = (*application)->connections().acquire(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!lease.ok()) return report(lease.error(), json);
  db::Migrator migrator((*application)->database());
  nlohmann::json out = nlohmann::json::array();
  int exit_code = 0;
  // In the order of loading: what a module depends on comes first. One failing module does not stop the others.
  int levels = 0;
  for (const ModuleEntry& entry : (*application)->modules()) levels = std::max(levels, entry.level + 1);
  for (int level = 0; level < levels; ++level) {
    for (const ModuleEntry& entry : (*application)->modules()) {
      if (entry.level != level || entry.module == nullptr || entry.state != ModuleState::active) continue;
      const auto outcome = one_module(verb, migrator, **lease, entry.module->migrations(), json, out);
      if (!outcome.ok()) exit_code = report(Error{outcome.error()}.with_context("module " + entry.found.description.name), false);
    }
  }
  for (const ModuleEntry& entry : (*application)->modules()) {
    if (entry.state == ModuleState::quarantined) {
      exit_code = report(Error{ErrorCode::migration, "module " + entry.found.description.name + ": " + entry.reason}, false);
    }
  }
  if (json) std::printf("%s\n", out.dump(2).c_str());
  return exit_code;
}

}  // namespace ingot::cli
