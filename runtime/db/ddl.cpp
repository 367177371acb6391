// SPDX-License-Identifier: Apache-2.0
#include "db/ddl.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

std::string create_index(const Dialect& dialect, const TableSpec& table, const IndexSpec& index) {
  std::string sql = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  sql += quoted_identifier(index.name) + " ON " + dialect.table(table.name) + dialect.index_method(index) + " (";
  for (std::size_t i = 0; i < index.columns.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += quoted_identifier(index.columns[i]);
  }
  return sql + ")";
}

/// The indexes that `after` has and `before` (which may be absent) has not.
void append_new_indexes(const Dialect& dialect, const TableSpec* before, const TableSpec& after, std::vector<std::string>& sql) {
  const std::size_t known = before == nullptr ? 0 : before->indexes.size();
  for (std::size_t i = known; i < after.indexes.size(); ++i) sql.push_back(create_index(dialect, after, after.indexes[i]));
}

std::string create_table(const Dialect& dialect, const TableSpec& table) {
  std::string sql = "CREATE TABLE " + dialect.table(table.name) + " (";
  for (const Column& column : base_columns()) sql += (column.name == "id" ? "" : ", ") + dialect.base_column(column);
  for (const ColumnSpec& column : table.columns) sql += ", " + dialect.column(column);
  return sql + ")" + dialect.table_options();
}

struct Generator {
  const Dialect& dialect;
  const Model& before;
  const Model& after;
  std::vector<std::string> sql;

  void create(const std::string& name) {
    for (std::string& statement : dialect.before_table()) sql.push_back(std::move(statement));
    sql.push_back(create_table(dialect, *after.find(name)));
    append_new_indexes(dialect, nullptr, *after.find(name), sql);
  }
  void operator()(const CreateTable& op) { create(op.table); }
  void operator()(const AddColumn& op) {
    const TableSpec* old = before.find(op.table);
    if (old == nullptr) return create(op.table);
    sql.push_back("ALTER TABLE " + dialect.table(op.table) + " ADD COLUMN " + dialect.column(op.column));
    append_new_indexes(dialect, old, *after.find(op.table), sql);
  }
  void operator()(const CreateIndex& op) { append_new_indexes(dialect, before.find(op.table), *after.find(op.table), sql); }
  void operator()(const RenameColumn& op) {
    sql.push_back("ALTER TABLE " + dialect.table(op.table) + " RENAME COLUMN " + quoted_identifier(op.column) + " TO " +
                  quoted_identifier(op.new_name));
  }
  void operator()(const DropColumn& op) {
    for (const IndexSpec& index : before.find(op.table)->indexes) {
      if (std::ranges::find(index.columns, op.column) == index.columns.end()) continue;
      sql.push_back("DROP INDEX " + dialect.index(index.name));
    }
    sql.push_back("ALTER TABLE " + dialect.table(op.table) + " DROP COLUMN " + quoted_identifier(op.column));
  }
  void operator()(const DropTable& op) { sql.push_back("DROP TABLE " + dialect.table(op.table)); }
};

}  // namespace

std::string check_in_clause(const ColumnSpec& column) {
  if (column.check_in.empty()) return {};
  std::string sql;
  for (const auto& value : column.check_in) {
    if (!sql.empty()) sql += ", ";
    const auto* text = std::get_if<std::string>(&value);
    sql += text != nullptr ? quoted_literal(*text) : std::to_string(std::get<std::int64_t>(value));
  }
  return " CHECK (" + quoted_identifier(column.name) + " IN (" + sql + "))";
}

std::vector<std::string> ddl(Kind kind, std::string_view module, const Model& before, const Operation& operation) {
  const std::unique_ptr<Dialect> dialect = kind == Kind::sqlite ? sqlite_dialect() : postgres_dialect(module);
  Model after = before;
  INGOT_CHECK(after.apply(operation).ok());
  Generator generator{.dialect = *dialect, .before = before, .after = after, .sql = {}};
  std::visit([&](const auto& op) { generator(op); }, operation);
  return std::move(generator.sql);
}

}  // namespace ingot::db
