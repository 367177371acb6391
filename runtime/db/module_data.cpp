// SPDX-License-Identifier: Apache-2.0
#include "db/module_data.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "db/host_statement.hpp"
#include "db/migrate_history.hpp"
#include "db/model.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t page_rows = 200;
constexpr std::size_t page_bytes_max = std::size_t{1} << 30;

/// The host's own tables, without prefix or schema.
constexpr const char* host_names[] = {"module_migrations", "module_tables", "module_rollback", "user_account", "user_role", "refresh_token"};

std::string host_table(Kind kind, const std::string& name) { return (kind == Kind::sqlite ? "ingot_" : "ingot.") + name; }

Result<std::uint64_t> count_rows(Connection& connection, const std::string& table) {
  INGOT_TRY(const auto rows, connection.run({"SELECT CAST(count(*) AS TEXT) FROM " + table}));
  const std::string digits = rows.empty() ? "" : rows[0].at(0).value_or("");
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return Error{ErrorCode::database, "count(*) of " + table + " gave '" + digits + "'"};
  return count;
}

/// The objects of an array of objects, as they are written: no digit of a number changes. REQUIRES: it is such an array, without white space.
std::vector<std::string_view> objects_of(std::string_view array) {
  std::vector<std::string_view> list;
  std::size_t depth = 0, begin = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < array.size(); ++at) {
    const char c = array[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    if (c == '{' || c == '[') {
      if (++depth == 2) begin = at;
    } else if (c == '}' || c == ']') {
      if (depth-- == 2) list.push_back(array.substr(begin, at - begin + 1));
    }
  }
  return list;
}

/// The tables as the module's applied versions describe them.
Result<Model> recorded_model(Connection& connection, Kind kind, const std::string& module) {
  INGOT_TRY(const History history, read_history(connection, kind, module));
  Model model;
  for (const auto& [version, row] : history) {
    INGOT_TRY(const std::vector<Operation> operations, recorded_operations(module, version, row));
    for (const Operation& operation : operations) {
      if (auto taken = model.apply(operation); !taken) return std::move(taken).error().with_context("the recorded version " + std::to_string(version));
    }
  }
  return model;
}

}  // namespace

Result<bool> ModuleData::exists(Connection& connection, const std::string& qualified, const std::string& plain) {
  const bool sqlite = database_.kind() == Kind::sqlite;
  const std::string question = sqlite ? "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1" : "SELECT 1 WHERE to_regclass($1) IS NOT NULL";
  INGOT_TRY(const auto found, connection.run({question}, std::vector{text_param(sqlite ? plain : qualified)}));
  return !found.empty();
}

Result<std::vector<std::string>> ModuleData::modules(Connection& connection) {
  const HostSql host(database_.kind());
  std::vector<std::string> names;
  INGOT_TRY(const bool there, has_host_tables(connection, database_.kind()));
  if (!there) return names;
  INGOT_TRY(const auto rows, connection.run({"SELECT module_name FROM " + host.owners + " UNION SELECT module_name FROM " + host.history}));
  for (const HostRow& row : rows) names.push_back(row.at(0).value_or(""));
  std::ranges::sort(names);
  return names;
}

Result<std::vector<std::string>> ModuleData::owned(Connection& connection, const std::string& module) {
  std::vector<std::string> names;
  INGOT_TRY(const bool there, has_host_tables(connection, database_.kind()));
  if (!there) return names;
  INGOT_TRY(const auto rows, connection.run({"SELECT table_name FROM " + HostSql(database_.kind()).owners + " WHERE module_name = $1"}, std::vector{text_param(module)}));
  for (const HostRow& row : rows) names.push_back(row.at(0).value_or(""));
  std::ranges::sort(names);
  return names;
}

Result<std::vector<TableRows>> ModuleData::tables(Connection& connection, const std::string& module) {
  INGOT_TRY(const std::vector<std::string> names, owned(connection, module));
  std::vector<TableRows> list;
  for (const std::string& name : names) {
    const std::string table = database_.table_name(module, name);
    INGOT_TRY(const bool there, exists(connection, table, name));
    if (!there) continue;
    INGOT_TRY(const std::uint64_t rows, count_rows(connection, table));
    list.push_back({module, name, rows});
  }
  return list;
}

Result<std::vector<TableRows>> ModuleData::all_tables(Connection& connection) {
  std::vector<TableRows> list;
  const Kind kind = database_.kind();
  for (const char* const name : host_names) {
    const std::string table = host_table(kind, name);
    INGOT_TRY(const bool there, exists(connection, table, table));
    if (!there) continue;
    INGOT_TRY(const std::uint64_t rows, count_rows(connection, table));
    list.push_back({"", name, rows});
  }
  INGOT_TRY(const auto names, modules(connection));
  for (const std::string& module : names) {
    INGOT_TRY(const auto more, tables(connection, module));
    list.insert(list.end(), more.begin(), more.end());
  }
  std::ranges::sort(list, {}, [](const TableRows& item) { return std::pair(item.module, item.table); });
  return list;
}

// The rows are read as a module would read them, so that both databases give the same text; its schema is what the history says.
Result<void> ModuleData::write_rows(Connection& connection, const std::string& module, const std::function<Result<void>(std::string_view)>& sink) {
  INGOT_TRY(const std::vector<std::string> names, owned(connection, module));
  INGOT_TRY(const Model model, recorded_model(connection, database_.kind(), module));
  const Schema schema = model.schema(module);
  for (const std::string& name : names) {
    if (schema.find(name) == nullptr) {
      return Error{ErrorCode::migration, "the table '" + name + "' is recorded as module '" + module + "'s, but no applied version makes it: `ingot migrate check` says more"};
    }
  }
  const Authority authority{module, &schema};
  const StatementLimits limits{.deadline = Deadline::max(), .result_bytes_max = page_bytes_max};
  for (const auto& [name, spec] : model.tables()) {
    const Table* table = schema.find(name);
    std::string columns;
    for (const Column& column : table->columns) columns += (columns.empty() ? "" : ", ") + quoted_identifier(column.name);
    const std::string start = "SELECT " + columns + " FROM " + quoted_identifier(name), end = " ORDER BY \"id\" LIMIT " + std::to_string(page_rows);
    const std::string prefix = "{\"table\":" + nlohmann::json(name).dump() + ",\"row\":";
    std::vector<Param> after;
    for (;;) {
      const std::string sql = start + (after.empty() ? "" : " WHERE \"id\" > $1") + end;
      const auto answer = connection.run_guest(authority, {sql}, after, limits, true);
      if (const auto* error = std::get_if<StatementError>(&answer)) return Error{ErrorCode::database, "table '" + name + "': " + error->message};
      const std::vector<std::string_view> rows = objects_of(std::get<GuestRows>(answer).rows_json);
      for (const std::string_view row : rows) INGOT_TRY_VOID(sink(prefix + std::string(row) + "}\n"));
      if (rows.size() < page_rows) break;
      const auto last = nlohmann::json::parse(rows.back(), nullptr, false);
      if (!last.is_object() || !last.value("id", nlohmann::json()).is_string()) return Error{ErrorCode::internal, "table '" + name + "': a row without an id"};
      after = {text_param(last["id"].get<std::string>())};
    }
  }
  return {};
}

Result<Purged> ModuleData::purge(Connection& connection, const std::string& module) {
  const Kind kind = database_.kind();
  const HostSql host(kind);
  Purged purged;
  INGOT_TRY(const bool there, has_host_tables(connection, kind));
  if (!there) return purged;
  INGOT_TRY(const auto found, tables(connection, module));
  std::string list;
  for (const TableRows& table : found) {
    purged.tables.push_back(table.table);
    const std::string name = database_.table_name(module, table.table);
    if (kind == Kind::sqlite) {
      INGOT_TRY_VOID(connection.run({"DROP TABLE " + name}));
    }
    list += (list.empty() ? "" : ", ") + name;
  }
  // At once, since they refer to each other; whatever somebody else has made of them keeps them, and the error says so.
  if (kind == Kind::postgresql && !list.empty()) INGOT_TRY_VOID(connection.run({"DROP TABLE " + list + " RESTRICT"}));
  for (const std::string& record : {host.owners, host.history}) {
    INGOT_TRY_VOID(connection.run({"DELETE FROM " + record + " WHERE module_name = $1"}, std::vector{text_param(module)}));
  }
  if (kind == Kind::postgresql) {
    INGOT_TRY_VOID(connection.savepoint());
    purged.schema_kept = !connection.run({"DROP SCHEMA IF EXISTS " + quoted_identifier(module) + " RESTRICT"}).ok();
    if (purged.schema_kept) {
      INGOT_TRY_VOID(connection.rollback_to_savepoint());
    } else {
      INGOT_TRY_VOID(connection.release_savepoint());
    }
  }
  return purged;
}

}  // namespace ingot::db
