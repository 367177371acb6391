// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingot doctor` looks at. Each function looks at one thing, changes nothing, and never fails: what it cannot find out is a finding.

#include <string>
#include <vector>

#include "application.hpp"
#include "config.hpp"

namespace ingot::cli {

enum class Health { ok, warning, failure };

struct Finding {
  Health health = Health::ok;
  std::string about;      ///< "kernel", "module crm"
  std::string what;       ///< what was found
  std::string next_step;  ///< what to do about it; empty when there is nothing to do
};

/// CPU, kernel and limits of this process: what the sandbox needs.
std::vector<Finding> check_machine(const Config* config);
/// Keys, secrets and permissions in the configuration, and who may read its file.
std::vector<Finding> check_configuration(const Config& config);
/// Whether the port can be had, or a server answers there.
Finding check_port(const Config& config);
/// Room for the embedded database; nothing for PostgreSQL.
std::vector<Finding> check_disk(const Config& config);
/// Where there are several PostgreSQL hosts, each of them; what serves now needs one, what takes over another.
std::vector<Finding> check_database_hosts(const Config& config);
/// States of modules and migrations, after Application::load() with Migrate::leave.
std::vector<Finding> check_modules(Application& application);

}  // namespace ingot::cli
