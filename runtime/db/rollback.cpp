// SPDX-License-Identifier: Apache-2.0
#include "db/rollback.hpp"

#include <charconv>

namespace ingot::db {
namespace {

std::string table(Kind kind) { return kind == Kind::sqlite ? "ingot_module_rollback" : "ingot.module_rollback"; }

}  // namespace

std::string RollbackTable::create(Kind kind) {
  const bool sqlite = kind == Kind::sqlite;
  return "CREATE TABLE IF NOT EXISTS " + table(kind) + " (module_name TEXT NOT NULL PRIMARY KEY, counter " + (sqlite ? "INTEGER" : "BIGINT") +
         " NOT NULL, version TEXT NOT NULL)" + (sqlite ? " STRICT" : "");
}

Result<bool> RollbackTable::exists(Connection& connection) {
  const Kind kind = database_.kind();
  const std::string question = kind == Kind::sqlite ? "SELECT 1 FROM sqlite_schema WHERE name = '" + table(kind) + "'"
                                                    : "SELECT 1 WHERE to_regclass('" + table(kind) + "') IS NOT NULL";
  INGOT_TRY(const auto found, connection.run({question}));
  return !found.empty();
}

Result<std::map<std::string, RollbackRecord>> RollbackTable::read(Connection& connection) {
  std::map<std::string, RollbackRecord> records;
  INGOT_TRY(const bool there, exists(connection));
  if (!there) return records;
  INGOT_TRY(const auto rows, connection.run({"SELECT module_name, CAST(counter AS TEXT), version FROM " + table(database_.kind())}));
  for (const HostRow& row : rows) {
    const std::string digits = row.at(1).value_or("");
    RollbackRecord record{0, row.at(2).value_or("")};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), record.counter);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return Error{ErrorCode::database, "the host's table " + table(database_.kind()) + " holds '" + digits + "' for a counter"};
    }
    records.emplace(row.at(0).value_or(""), std::move(record));
  }
  return records;
}

Result<void> RollbackTable::raise(Connection& connection, const std::string& module, const RollbackRecord& record) {
  return write(connection, module, record, " WHERE kept.counter < excluded.counter");
}

Result<void> RollbackTable::replace(Connection& connection, const std::string& module, const RollbackRecord& record) {
  return write(connection, module, record, "");
}

Result<void> RollbackTable::write(Connection& connection, const std::string& module, const RollbackRecord& record, const std::string& condition) {
  std::vector<Param> params(3);
  params[0].kind = params[2].kind = Param::Kind::text;
  params[0].text = module;
  params[1].kind = Param::Kind::integer;
  params[1].integer = static_cast<std::int64_t>(record.counter);
  params[2].text = record.version;
  INGOT_TRY_VOID(connection.run({"INSERT INTO " + table(database_.kind()) + " AS kept (module_name, counter, version) VALUES ($1, $2, $3) "
                                 "ON CONFLICT (module_name) DO UPDATE SET counter = excluded.counter, version = excluded.version" + condition},
                                params));
  return {};
}

}  // namespace ingot::db
