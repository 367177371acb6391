// SPDX-License-Identifier: Apache-2.0
#pragma once
// A migration's version as the verbs of `ingot migrate` show it.

#include <nlohmann/json.hpp>
#include <string>

#include "db/migrate.hpp"

namespace ingot::cli {

/// {"module", "version", "sql":[...], "destructive", "rebuilds", "statements":[{"sql", "params", "locks":[{"table", "mode"}], "destructive"}]}
nlohmann::json version_json(const db::PlannedVersion& version);

/// The same for people: SQL with comments, one statement a line.
std::string version_text(const db::PlannedVersion& version);

}  // namespace ingot::cli
