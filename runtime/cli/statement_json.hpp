// SPDX-License-Identifier: Apache-2.0
#pragma once
// A migration's version as --json shows it.

#include <nlohmann/json.hpp>

#include "db/migrate.hpp"

namespace ingot::cli {

/// {"module", "version", "sql":[...], "destructive"}
nlohmann::json version_json(const db::PlannedVersion& version);

}  // namespace ingot::cli
