// SPDX-License-Identifier: Apache-2.0
#include "cli/statement_json.hpp"

namespace ingot::cli {

nlohmann::json version_json(const db::PlannedVersion& version) {
  auto sql = nlohmann::json::array();
  for (const db::DdlStatement& statement : version.statements) sql.push_back(statement.sql);
  return {{"module", version.module}, {"version", version.version}, {"sql", std::move(sql)}, {"destructive", version.destructive}};
}

}  // namespace ingot::cli
