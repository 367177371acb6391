// SPDX-License-Identifier: Apache-2.0
// The verbs of `ingot migrate` that rest on the database's history: taking back, repairing, checking.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "application.hpp"
#include "cli/commands.hpp"
#include "cli/statement_json.hpp"
#include "open_database.hpp"

namespace ingot::cli {
namespace {

constexpr std::chrono::seconds patience{600};

/// The configuration's database with the host's tables, and a connection to it; the modules are looked at and not migrated.
Result<std::unique_ptr<Application>> open_application(const std::string& config_path) {
  INGOT_TRY(const Config config, load_config(config_path));
  observe::silence_log();
  return Application::load(config, Application::Migrate::leave);
}

/// For the verbs that write: nobody replaces the database meanwhile.
Result<db::UseLock> share_use(const std::string& config_path) {
  INGOT_TRY(const Config config, load_config(config_path));
  return share_database(config);
}

}  // namespace

int migrate_down(const MigrateTarget& target) {
  const auto use = share_use(target.config);
  if (!use.ok()) return report(use.error(), target.json);
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

int migrate_repair(const MigrateTarget& target) {
  const auto use = share_use(target.config);
  if (!use.ok()) return report(use.error(), target.json);
  auto application = open_application(target.config);
  if (!application.ok()) return report(application.error(), target.json);
  host::eerp::Module* module = (*application)->find(target.module);
  if (module == nullptr) {
    return report(Error{ErrorCode::not_found, "there is no running module '" + target.module + "': `ingot modules` says why"}, target.json);
  }
  auto lease = (*application)->connections().acquire(db::Clock::now() + std::chrono::seconds(10));
  if (!lease.ok()) return report(lease.error(), target.json);
  const auto done = db::Migrator((*application)->database()).repair(**lease, module->migrations(), target.version, db::Clock::now() + patience);
  if (!done.ok()) return report(done.error(), target.json);
  if (target.json) {
    const nlohmann::json out{{"module", target.module}, {"version", target.version}, {"changed", done->changed},
                             {"old_checksum", done->old_checksum}, {"checksum", done->new_checksum}};
    std::printf("%s\n", out.dump(2).c_str());
  } else if (done->changed) {
    std::printf("%s version %d: the record had checksum %s and has the present text's, %s. No table was touched: `ingot migrate check` tells whether they fit.\n",
                target.module.c_str(), target.version, done->old_checksum.c_str(), done->new_checksum.c_str());
  } else {
    std::printf("%s version %d: the record says what the text says; nothing was changed\n", target.module.c_str(), target.version);
  }
  return 0;
}

int migrate_check(const std::string& config_path, bool json) {
  auto application = open_application(config_path);
  if (!application.ok()) return report(application.error(), json);
  auto lease = (*application)->connections().acquire(db::Clock::now() + std::chrono::seconds(10));
  if (!lease.ok()) return report(lease.error(), json);
  db::Migrator migrator((*application)->database());
  const auto modules = migrator.modules(**lease);
  if (!modules.ok()) return report(modules.error(), json);
  auto out = nlohmann::json::array();
  int exit_code = 0;
  for (const std::string& module : *modules) {
    const auto found = migrator.check(**lease, module, db::Clock::now() + patience);
    if (!found.ok()) {
      exit_code = report(Error{found.error()}.with_context("module " + module));
      out.push_back({{"module", module}, {"error", {{"code", error_code_name(found.error().code)}, {"message", found.error().message}}}});
      continue;
    }
    for (const db::CatalogDifference& difference : *found) {
      exit_code = exit_code_for(ErrorCode::migration);
      out.push_back({{"module", module}, {"table", difference.table}, {"column", difference.column}, {"difference", difference.what}});
      if (json) continue;
      const std::string place = difference.table + (difference.column.empty() ? "" : "." + difference.column);
      std::printf("%-16s %s: %s\n", module.c_str(), place.c_str(), difference.what.c_str());
    }
    if (!json && found->empty()) std::printf("%-16s as its migrations say\n", module.c_str());
  }
  // What stands in a catalog need not be UTF-8.
  if (json) std::printf("%s\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return exit_code;
}

}  // namespace ingot::cli
