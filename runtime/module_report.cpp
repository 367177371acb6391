// SPDX-License-Identifier: Apache-2.0
#include "module_report.hpp"

#include <nlohmann/json.hpp>

namespace ingot {

nlohmann::json report_module(const ModuleEntry& entry) {
  const modules::Description& description = entry.found.description;
  nlohmann::json report{
      {"name", description.name},       {"display_name", description.display_name}, {"version", description.version},
      {"description", description.description}, {"author", description.author},   {"depends", description.depends},
      {"state", module_state_name(entry.state)}, {"level", entry.level},
  };
  if (!entry.reason.empty()) report["reason"] = entry.reason;
  if (entry.module == nullptr) return report;
  const auto& bundle = entry.module->loaded().bundle();
  report["change"] = module_change_name(entry.change);
  report["digest"] = bundle.digest();
  report["signer"] = bundle.signer();
  report["signers"] = bundle.signers();
  report["rollback"] = bundle.manifest().rollback;
  report["target"] = bundle.object().level;
  report["calls"] = entry.module->calls();
  report["traps"] = entry.module->traps();
  report["instances"] = entry.module->instances_made();
  nlohmann::json routes = nlohmann::json::array();
  for (const auto& route : entry.module->routes()) {
    routes.push_back({{"method", route.method}, {"path", dispatch::full_pattern(description.name, route.path)}});
    if (!route.permission.empty()) routes.back()["permission"] = route.permission;
  }
  report["routes"] = std::move(routes);
  nlohmann::json files = nlohmann::json::array();
  if (entry.files != nullptr) {
    for (const ServedFile& file : entry.files->files) files.push_back(dispatch::full_pattern(description.name, "/" + file.path));
  }
  report["static_files"] = std::move(files);
  return report;
}

}  // namespace ingot
