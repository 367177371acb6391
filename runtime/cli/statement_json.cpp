// SPDX-License-Identifier: Apache-2.0
#include "cli/statement_json.hpp"

namespace ingot::cli {
namespace {

nlohmann::json param_json(const db::Param& param) {
  switch (param.kind) {
    case db::Param::Kind::null: return nullptr;
    case db::Param::Kind::boolean: return param.boolean;
    case db::Param::Kind::integer: return param.integer;
    case db::Param::Kind::real: return param.real;
    case db::Param::Kind::text:
    case db::Param::Kind::json: break;
  }
  return param.text;
}

nlohmann::json statement_json(const db::DdlStatement& statement) {
  auto params = nlohmann::json::array();
  for (const db::Param& param : statement.params) params.push_back(param_json(param));
  auto locks = nlohmann::json::array();
  for (const db::TableLock& lock : statement.locks) locks.push_back({{"table", lock.table}, {"mode", lock.mode}});
  return {{"sql", statement.sql}, {"params", std::move(params)}, {"locks", std::move(locks)}, {"destructive", statement.destructive}};
}

/// What stands behind a statement: its parameters (escaped, since a stranger wrote them), its locks, what it destroys.
std::string remarks(const db::DdlStatement& statement) {
  std::string text;
  const auto add = [&](const std::string& remark) { text += (text.empty() ? "  -- " : "; ") + remark; };
  for (std::size_t i = 0; i < statement.params.size(); ++i) {
    add("$" + std::to_string(i + 1) + " = " + param_json(statement.params[i]).dump(-1, ' ', true));
  }
  for (const db::TableLock& lock : statement.locks) add("locks " + lock.table + " (" + lock.mode + ")");
  if (statement.destructive) add("destroys data");
  return text;
}

}  // namespace

nlohmann::json version_json(const db::PlannedVersion& version) {
  auto sql = nlohmann::json::array();
  auto statements = nlohmann::json::array();
  for (const db::DdlStatement& statement : version.statements) {
    sql.push_back(statement.sql);
    statements.push_back(statement_json(statement));
  }
  return {{"module", version.module},           {"version", version.version},   {"sql", std::move(sql)},
          {"destructive", version.destructive}, {"rebuilds", version.rebuilds}, {"statements", std::move(statements)}};
}

std::string version_text(const db::PlannedVersion& version) {
  std::string text = "-- " + version.module + " version " + std::to_string(version.version);
  if (version.destructive) text += "  (destroys data)";
  text += "\n";
  if (version.rebuilds) text += "-- makes a table anew: with PRAGMA foreign_keys = OFF before the transaction\n";
  for (const db::DdlStatement& statement : version.statements) text += statement.sql + ";" + remarks(statement) + "\n";
  return text;
}

}  // namespace ingot::cli
