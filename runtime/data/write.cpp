// SPDX-License-Identifier: Apache-2.0
#include "data/write.hpp"

#include <algorithm>
#include <utility>

#include "db/values.hpp"

namespace ingot::data {
namespace {

bool is_the_hosts(const Target& target, std::string_view column, bool creating) {
  if (column == "created_at" || column == "updated_at" || column == "deleted_at") return true;
  if (column == "id") return !creating;
  return (target.has_tenant && column == "tenant_id") || (target.has_version && column == "version");
}

std::string quoted(const std::string& text) {
  std::string json;
  db::append_json_string(json, text);
  return json;
}

std::string returning(const Target& target) {
  std::string list;
  for (const db::Column& column : target.table->columns) list += (list.empty() ? " RETURNING " : ", ") + column.name;
  return list;
}

/// " WHERE id = ... AND tenant_id = ..."
std::string of_row(const Target& target, Slice id, const std::string& tenant, Statement& statement) {
  std::string where = " WHERE id = " + statement.bind(id);
  if (target.has_tenant) where += " AND tenant_id = " + statement.bind(quoted(tenant));
  return where;
}

std::string touched(const Target& target) { return std::string("updated_at = current_timestamp") + (target.has_version ? ", version = version + 1" : ""); }

}  // namespace

Result<Values> values_of(Slice object, const Target& target, bool creating) {
  if (!is_object(object)) return wrong("the values must be an object: {column: value}");
  Values values;
  for (const auto& [name, value] : members(object)) {
    INGOT_TRY(const db::Column* const column, column_of(*target.table, name));
    if (is_the_hosts(target, name, creating)) return wrong("column '" + name + "' is the host's: a request does not set it");
    if (std::ranges::find(values.all, column, &Values::Value::column) != values.all.end()) return wrong("column '" + name + "' stands twice");
    values.all.push_back({column, value});
  }
  if (values.all.empty()) return wrong("no column is given a value");
  return values;
}

Statement insert_rows(const Target& target, const std::vector<Values>& rows, const std::string& tenant) {
  Statement statement;
  std::string columns, lists;
  for (const Values::Value& value : rows.front().all) columns += (columns.empty() ? "" : ", ") + value.column->name;
  if (target.has_tenant) columns += ", tenant_id";
  if (target.has_version) columns += ", version";
  for (const Values& row : rows) {
    std::string list;
    for (const Values::Value& value : row.all) list += (list.empty() ? "(" : ", ") + statement.bind(value.json, *value.column);
    if (target.has_tenant) list += ", " + statement.bind(quoted(tenant));
    if (target.has_version) list += ", 1";
    lists += (lists.empty() ? "" : ", ") + list + ")";
  }
  statement.sql = "INSERT INTO " + target.table->name + " (" + columns + ") VALUES " + lists + returning(target);
  return statement;
}

Result<Statement> insert_or_update(const Target& target, const Values& values, Slice key, const std::string& tenant) {
  if (!is_array(key)) return wrong("'key' must be a list of columns that a unique index has");
  std::vector<std::string> names;
  for (const Slice each : elements(key)) {
    if (!is_string(each)) return wrong("'key' must be a list of columns that a unique index has");
    names.push_back(text_of(each));
    const auto given = [&](const Values::Value& value) { return value.column->name == names.back(); };
    if (std::ranges::none_of(values.all, given)) return wrong("'key' names '" + names.back() + "', which 'values' does not give");
  }
  if (names.empty()) return wrong("'key' is empty");
  Statement statement = insert_rows(target, {values}, tenant);
  statement.sql.erase(statement.sql.find(" RETURNING "));
  std::string conflict, set;
  if (target.has_tenant && names != std::vector<std::string>{"id"}) conflict = "tenant_id";
  for (const std::string& name : names) conflict += (conflict.empty() ? "" : ", ") + name;
  for (const Values::Value& value : values.all) {
    if (std::ranges::find(names, value.column->name) == names.end()) set += value.column->name + " = excluded." + value.column->name + ", ";
  }
  const std::string& table = target.table->name;
  set += "deleted_at = NULL, updated_at = current_timestamp";
  if (target.has_version) set += ", version = " + table + ".version + 1";
  statement.sql += " ON CONFLICT (" + conflict + ") DO UPDATE SET " + set;
  if (target.has_tenant) statement.sql += " WHERE " + table + ".tenant_id = excluded.tenant_id";
  statement.sql += returning(target);
  return statement;
}

Statement update_row(const Target& target, Slice id, const Values& values, std::optional<std::int64_t> version, const std::string& tenant) {
  Statement statement;
  std::string set;
  for (const Values::Value& value : values.all) set += value.column->name + " = " + statement.bind(value.json, *value.column) + ", ";
  statement.sql = "UPDATE " + target.table->name + " SET " + set + touched(target) + of_row(target, id, tenant, statement) + " AND deleted_at IS NULL";
  if (version) statement.sql += " AND version = " + statement.bind(std::to_string(*version));
  statement.sql += returning(target);
  return statement;
}

Statement mark_deleted(const Target& target, Slice id, bool deleted, const std::string& tenant) {
  Statement statement;
  statement.sql = "UPDATE " + target.table->name + " SET deleted_at = " + (deleted ? "current_timestamp" : "NULL") + ", " + touched(target) +
                  of_row(target, id, tenant, statement) + " AND deleted_at IS " + (deleted ? "NULL" : "NOT NULL") + returning(target);
  return statement;
}

Statement remove_row(const Target& target, Slice id, const std::string& tenant) {
  Statement statement;
  statement.sql = "DELETE FROM " + target.table->name + of_row(target, id, tenant, statement) + returning(target);
  return statement;
}

Statement look_at_row(const Target& target, Slice id, const std::string& tenant) {
  Statement statement;
  statement.sql = std::string("SELECT deleted_at") + (target.has_version ? ", version" : "") + " FROM " + target.table->name + of_row(target, id, tenant, statement);
  return statement;
}

Statement count_referred(const db::ColumnReference& reference, Slice value, const std::string& tenant) {
  Statement statement;
  statement.sql = "SELECT count(*) AS n FROM " + reference.table + " WHERE " + reference.column + " = " + statement.bind(value) + " AND tenant_id = " + statement.bind(quoted(tenant));
  return statement;
}

}  // namespace ingot::data
