// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "application.hpp"
#include "cli/commands.hpp"
#include "module_report.hpp"

namespace ingot::cli {

int list_modules(const std::string& config_path, bool json, const std::string& allow_rollback) {
  auto config = load_config(config_path);
  if (!config.ok()) return report(config.error(), json);
  observe::silence_log();  // the table below says why a module is not active
  const bool lists_only = allow_rollback.empty();
  auto application = Application::load(*config, lists_only ? Application::Migrate::leave : Application::Migrate::prepare,
                                       lists_only ? std::set<std::string>{} : std::set<std::string>{allow_rollback});
  if (!application.ok()) return report(application.error(), json);
  if (!lists_only) {
    const auto accepted = (*application)->accept_rollback(allow_rollback);
    if (!accepted.ok()) return report(accepted.error(), json);
    std::fprintf(stderr, "ingot: the version of '%s' below is the oldest that runs here from now on\n", allow_rollback.c_str());
  }
  bool all_good = true;
  nlohmann::json list = nlohmann::json::array();
  for (const ModuleEntry& entry : (*application)->modules()) {
    all_good = all_good && entry.state != ModuleState::quarantined;
    if (json) {
      list.push_back(report_module(entry));
      continue;
    }
    const std::size_t routes = entry.module == nullptr ? 0 : entry.module->routes().size();
    std::printf("%-16s %-10s %-12s level %2d  %2zu routes  %s\n", entry.found.description.name.c_str(),
                entry.found.description.version.c_str(), module_state_name(entry.state), entry.level, routes, entry.reason.c_str());
  }
  if (json) std::printf("%s\n", list.dump(2).c_str());
  return all_good ? 0 : 1;
}

}  // namespace ingot::cli
