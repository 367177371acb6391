// SPDX-License-Identifier: Apache-2.0
// The pieces that both dialects put together in the same way.
#include "db/ddl.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "db/constant.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

std::string scalar_sql(const Scalar& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? quoted_literal(*text) : std::to_string(std::get<std::int64_t>(value));
}

std::string in_list(const std::string& column, const std::vector<Scalar>& values) {
  std::string sql;
  for (const Scalar& value : values) sql += (sql.empty() ? "" : ", ") + scalar_sql(value);
  return column + " IN (" + sql + ")";
}

std::string condition_sql(const Dialect& dialect, const TableSpec& table, const IndexCondition& condition) {
  using Test = IndexCondition::Test;
  const std::string column = quoted_identifier(condition.column);
  const auto truth = [&](std::int64_t value) {
    StoredValue constant;
    constant.kind = StoredValue::Kind::integer;
    constant.integer = value;
    return column + " = " + dialect.constant(constant, *type_of(table, condition.column));
  };
  switch (condition.test) {
    case Test::is_null: return column + " IS NULL";
    case Test::is_not_null: return column + " IS NOT NULL";
    case Test::is_true: return truth(1);
    case Test::is_false: return truth(0);
    case Test::equals: break;
  }
  return column + " = " + scalar_sql(condition.value);
}

}  // namespace

std::string column_list(const std::vector<std::string>& names) {
  std::string sql;
  for (const std::string& name : names) sql += (sql.empty() ? "" : ", ") + quoted_identifier(name);
  return sql;
}

std::string create_index(const Dialect& dialect, const TableSpec& table, const IndexSpec& index) {
  std::string sql = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  sql += quoted_identifier(index.name) + " ON " + dialect.table(table.name) + dialect.index_method(index) + " (";
  sql += column_list(index.columns) + ")";
  if (index.where) sql += " WHERE " + condition_sql(dialect, table, *index.where);
  return sql;
}

std::string create_table(const Dialect& dialect, const TableSpec& table, std::string_view name) {
  std::string sql = "CREATE TABLE " + dialect.table(name) + " (";
  for (const Column& column : base_columns()) sql += (column.name == "id" ? "" : ", ") + dialect.base_column(column);
  for (const ColumnSpec& column : table.columns) sql += ", " + dialect.column(column);
  for (const CheckSpec& check : table.checks) sql += ", " + check_clause(dialect, table, check);
  return sql + ")" + dialect.table_options();
}

std::string check_in_clause(const ColumnSpec& column) {
  if (column.check_in.empty()) return {};
  return " CHECK (" + in_list(quoted_identifier(column.name), column.check_in) + ")";
}

std::string check_clause(const Dialect& dialect, const TableSpec& table, const CheckSpec& check) {
  const std::string column = quoted_identifier(check.column);
  const ColumnType& type = *type_of(table, check.column);
  std::string sql;
  const auto add = [&](const std::string& condition) { sql += (sql.empty() ? "" : " AND ") + condition; };
  const auto bound = [&](const std::string& json_text) {
    const auto value = constant_of_text(json_text, type, "a bound");
    INGOT_CHECK(value.ok());  // Model::take() has looked
    return dialect.constant(*value, type);
  };
  if (!check.in.empty()) add(in_list(column, check.in));
  if (check.min) add(column + " >= " + bound(*check.min));
  if (check.max) add(column + " <= " + bound(*check.max));
  if (check.not_empty) add(column + " <> ''");
  return "CONSTRAINT " + quoted_identifier(check.name) + " CHECK (" + sql + ")";
}

std::unique_ptr<Dialect> dialect_of(Kind kind, std::string_view module) {
  return kind == Kind::sqlite ? sqlite_dialect() : postgres_dialect(module);
}

}  // namespace ingot::db
