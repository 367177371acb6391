// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: a schema per module. Two choices keep both databases equal: text sorts by bytes (COLLATE "C"), and times keep
// milliseconds, which is what a module reads, so that a time it read finds its row again. CHAR(n) is VARCHAR(n): no padding.
#include "db/ddl.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

std::string type_sql(const ColumnType& type) {
  switch (type.name) {
    case TypeName::text:
      return "TEXT COLLATE \"C\"";
    case TypeName::varchar:
    case TypeName::character:
      return (type.length ? "VARCHAR(" + std::to_string(*type.length) + ")" : std::string("VARCHAR")) + " COLLATE \"C\"";
    case TypeName::time:
    case TypeName::timestamp:
    case TypeName::timestamptz:
      return type_text(type) + "(3)";
    default:
      return type_text(type);
  }
}

std::string now_expression(TypeName type) {
  switch (type) {
    case TypeName::date:
      return "CURRENT_DATE";
    case TypeName::time:
      return "LOCALTIME";
    case TypeName::timestamp:
      return "LOCALTIMESTAMP";
    default:
      return "now()";
  }
}

std::string literal(const StoredValue& value, const ColumnType& type) {
  if (type.name == TypeName::boolean) return value.integer != 0 ? "true" : "false";
  if (value.kind == StoredValue::Kind::integer) return std::to_string(value.integer);
  if (value.kind == StoredValue::Kind::text) return quoted_literal(value.text);
  std::string out;
  append_json_real(out, value.real);
  return out;
}

class PostgresDialect final : public Dialect {
 public:
  explicit PostgresDialect(std::string_view module) : schema_(quoted_identifier(module)) {}

  std::string table(std::string_view name) const override { return schema_ + "." + quoted_identifier(name); }
  std::string index(std::string_view name) const override { return schema_ + "." + quoted_identifier(name); }

  std::string base_column(const Column& column) const override {
    std::string sql = quoted_identifier(column.name) + " " + type_sql(column.type);
    if (column.name == "id") return sql + " PRIMARY KEY DEFAULT gen_random_uuid()";
    if (!column.nullable) sql += " NOT NULL DEFAULT now()";
    return sql;
  }

  std::string column(const ColumnSpec& column) const override {
    std::string sql = quoted_identifier(column.name) + " " + type_sql(column.type);
    if (!column.nullable) sql += " NOT NULL";
    if (column.default_value) sql += " DEFAULT " + default_expression(column);
    sql += check_in_clause(column);
    if (column.reference) {
      sql += " REFERENCES " + table(column.reference->table) + " (" + quoted_identifier(column.reference->column) + ")";
    }
    return sql;
  }

  std::string type(const ColumnType& type) const override { return type_sql(type); }
  std::string default_expression(const ColumnSpec& column) const override {
    return column.default_value->now ? now_expression(column.type.name) : literal(column.default_value->constant, column.type);
  }
  std::string constant(const StoredValue& value, const ColumnType& type) const override { return literal(value, type); }

  std::string table_options() const override { return {}; }
  std::string index_method(const IndexSpec& index) const override { return " USING " + index.method; }
  std::vector<std::string> before_table() const override { return {"CREATE SCHEMA IF NOT EXISTS " + schema_}; }

 private:
  std::string schema_;
};

}  // namespace

std::unique_ptr<Dialect> postgres_dialect(std::string_view module) { return std::make_unique<PostgresDialect>(module); }

}  // namespace ingot::db
