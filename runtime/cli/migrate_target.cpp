// SPDX-License-Identifier: Apache-2.0
// The verbs of `ingot migrate` that concern one module and one version.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "application.hpp"
#include "cli/commands.hpp"
#include "cli/statement_json.hpp"

namespace ingot::cli {
namespace {

constexpr std::chrono::seconds patience{600};

/// The configuration's database with the host's tables, and a connection to it; the modules are looked at and not migrated.
Result<std::unique_ptr<Application>> open_application(const std::string& config_path) {
  INGOT_TRY(const Config config, load_config(config_path));
  observe::silence_log();
  return Application::load(config, Application::Migrate::leave);
}

}  // namespace

int migrate_down(const MigrateTarget& target) {
  auto application = open_application(target.config);
  if (!application.ok()) return report(application.error(), target.json);
  auto lease = (*application)->connections().acquire(db::Clock::now() + std::chrono::seconds(10));
  if (!lease.ok()) return report(lease.error(), target.json);
  db::Migrator migrator((*application)->database(), (*application)->config().migration_timeouts);
  const auto done = migrator.down(**lease, target.module, target.version, target.allow_data_loss, db::Clock::now() + patience);
  if (!done.ok()) return report(done.error(), target.json);
  if (target.json) {
    auto out = nlohmann::json::array();
    for (const db::PlannedVersion& version : *done) out.push_back(version_json(version));
    std::printf("%s\n", out.dump(2).c_str());
    return 0;
  }
  for (const db::PlannedVersion& version : *done) std::printf("%-16s %4d  taken back\n", version.module.c_str(), version.version);
  if (done->empty()) std::printf("%-16s nothing above version %d\n", target.module.c_str(), target.version);
  return 0;
}

}  // namespace ingot::cli
