// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/doctor_checks.hpp"
#include "observe/log.hpp"

namespace ingot::cli {
namespace {

const char* health_name(Health health) {
  switch (health) {
    case Health::ok: return "ok";
    case Health::warning: return "warning";
    case Health::failure: return "failure";
  }
  return "?";
}

std::vector<Finding> examine(const std::string& config_path) {
  std::vector<Finding> found;
  const auto add = [&](std::vector<Finding> more) { std::move(more.begin(), more.end(), std::back_inserter(found)); };
  const auto config = load_config(config_path);
  add(check_machine(config.ok() ? &*config : nullptr));
  if (!config.ok()) {
    found.push_back({Health::failure, "configuration", config.error().message, "nothing can be said of the rest before that is right"});
    return found;
  }
  add(check_configuration(*config));
  found.push_back(check_port(*config));
  add(check_disk(*config));
  add(check_database_hosts(*config));
  auto application = Application::load(*config, Application::Migrate::leave);
  if (application.ok()) {
    add(check_modules(**application));
  } else {
    const bool database = application.error().code == ErrorCode::database || application.error().code == ErrorCode::unavailable;
    found.push_back({Health::failure, database ? "database" : "modules", application.error().message, database ? "start it, and check the db_ keys" : ""});
  }
  return found;
}

}  // namespace

int doctor(const std::string& config_path, bool json) {
  observe::silence_log();
  const std::vector<Finding> found = examine(config_path);
  std::size_t failures = 0, warnings = 0;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : found) {
    failures += finding.health == Health::failure ? 1 : 0;
    warnings += finding.health == Health::warning ? 1 : 0;
    if (json) {
      list.push_back({{"health", health_name(finding.health)}, {"about", finding.about}, {"what", finding.what}, {"next_step", finding.next_step}});
      continue;
    }
    std::printf("%-8s %-18s %s\n", health_name(finding.health), finding.about.c_str(), finding.what.c_str());
    if (!finding.next_step.empty()) std::printf("%-8s %-18s -> %s\n", "", "", finding.next_step.c_str());
  }
  if (json) {
    std::printf("%s\n", nlohmann::ordered_json{{"healthy", failures == 0}, {"findings", list}}.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    std::printf("%zu looked at, %zu failures, %zu warnings\n", found.size(), failures, warnings);
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace ingot::cli
