// SPDX-License-Identifier: Apache-2.0
#include "db/audit.hpp"

#include "db/host_statement.hpp"

namespace ingot::db {

// Times are texts on both databases, so that one text of a statement serves both.
std::vector<std::string> AuditTable::create(Kind kind) {
  const bool sqlite = kind == Kind::sqlite;
  const AuditTable table(kind);
  const std::string number = sqlite ? "INTEGER PRIMARY KEY" : "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  return {
      "CREATE TABLE IF NOT EXISTS " + table.name_ + " (number " + number +
          ", at TEXT NOT NULL, module TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, tenant TEXT NOT NULL, "
          "request_id TEXT NOT NULL, detail TEXT NOT NULL)" +
          (sqlite ? " STRICT" : ""),
      "CREATE INDEX IF NOT EXISTS " + std::string(sqlite ? "ingot_audit_row" : "audit_row") + " ON " + table.name_ + " (module, table_name, row_id, number)",
  };
}

Result<void> AuditTable::add(Connection& connection, const AuditEntry& entry) const {
  const std::vector<Param> params{text_param(entry.at),      text_param(entry.module), text_param(entry.table),  text_param(entry.row_id),    text_param(entry.action),
                                  text_param(entry.subject), text_param(entry.tenant), text_param(entry.request_id), text_param(entry.detail)};
  const auto added = connection.run(
      {"INSERT INTO " + name_ + " (at, module, table_name, row_id, action, subject, tenant, request_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"}, params);
  if (!added.ok()) return added.error();
  return {};
}

Result<std::vector<AuditEntry>> AuditTable::of_row(Connection& connection, const std::string& module, const std::string& table, const std::string& row_id,
                                                   const std::string& tenant, int count) const {
  std::vector<Param> params{text_param(module), text_param(table), text_param(row_id)};
  std::string of_tenant;
  if (!tenant.empty()) {
    params.push_back(text_param(tenant));
    of_tenant = " AND tenant = $4";
  }
  INGOT_TRY(const auto rows, connection.run({"SELECT at, action, subject, tenant, request_id, detail FROM " + name_ +
                                             " WHERE module = $1 AND table_name = $2 AND row_id = $3" + of_tenant + " ORDER BY number DESC LIMIT " + std::to_string(count)},
                                            params));
  std::vector<AuditEntry> entries;
  for (const HostRow& row : rows) {
    const auto text = [&](std::size_t at) { return row.at(at).value_or(""); };
    entries.push_back({text(0), module, table, row_id, text(1), text(2), text(3), text(4), text(5)});
  }
  return entries;
}

}  // namespace ingot::db
