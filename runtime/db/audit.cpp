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

Result<bool> AuditTable::exists(Connection& connection) const {
  INGOT_TRY(const auto found, connection.run({kind_ == Kind::sqlite ? "SELECT 1 FROM sqlite_schema WHERE name = '" + name_ + "'" : "SELECT 1 WHERE to_regclass('" + name_ + "') IS NOT NULL"}));
  return !found.empty();
}

std::string AuditTable::where(const AuditFilter& filter, std::vector<Param>& params) const {
  std::string text;
  const auto add = [&](const std::string& condition, const std::string& value) {
    if (value.empty()) return;
    params.push_back(text_param(value));
    text += (text.empty() ? " WHERE " : " AND ") + condition + " $" + std::to_string(params.size());
  };
  // Byte by byte, whatever the database's language thinks of punctuation: a beginning of a time comes before that time.
  const std::string at = kind_ == Kind::sqlite ? "at" : "at COLLATE \"C\"";
  add("module =", filter.module);
  add("table_name =", filter.table);
  add("row_id =", filter.row_id);
  add("subject =", filter.subject);
  add("request_id =", filter.request_id);
  add(at + " >=", filter.since);
  add(at + " <", filter.before);
  return text;
}

Result<std::vector<AuditEntry>> AuditTable::newest(Connection& connection, const AuditFilter& filter, int count) const {
  std::vector<Param> params;
  const std::string chosen = where(filter, params);
  INGOT_TRY(const auto rows, connection.run({"SELECT at, module, table_name, row_id, action, subject, tenant, request_id, detail FROM " + name_ + chosen +
                                             " ORDER BY number DESC LIMIT " + std::to_string(count)},
                                            params));
  std::vector<AuditEntry> entries;
  for (const HostRow& row : rows) {
    const auto text = [&](std::size_t at) { return row.at(at).value_or(""); };
    entries.push_back({text(0), text(1), text(2), text(3), text(4), text(5), text(6), text(7), text(8)});
  }
  return entries;
}

Result<std::uint64_t> AuditTable::count(Connection& connection, const AuditFilter& filter) const {
  std::vector<Param> params;
  const std::string chosen = where(filter, params);
  INGOT_TRY(const auto rows, connection.run({"SELECT CAST(count(*) AS TEXT) FROM " + name_ + chosen}, params));
  return std::stoull(rows.at(0).at(0).value_or("0"));
}

Result<std::uint64_t> AuditTable::remove(Connection& connection, const AuditFilter& filter) const {
  INGOT_TRY(const std::uint64_t chosen_now, count(connection, filter));
  std::vector<Param> params;
  const std::string chosen = where(filter, params);
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + name_ + chosen}, params));
  return chosen_now;
}

}  // namespace ingot::db
