// SPDX-License-Identifier: Apache-2.0
// SQLite: STRICT tables, and CHECKs that keep every stored value in the one form that values.hpp describes, so that comparing
// and sorting text gives what comparing and sorting the logical values gives.
#include "base/check.hpp"
#include "db/ddl.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr std::string_view timestamptz_format = "'%Y-%m-%dT%H:%M:%fZ'";
constexpr std::string_view timestamp_format = "'%Y-%m-%dT%H:%M:%f'";

// RFC 4122 version 4: random but for the version digit (4) and the variant digit (8, 9, a or b).
constexpr std::string_view random_uuid =
    "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || "
    "substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

std::string now_expression(TypeName type) {
  switch (type) {
    case TypeName::date:
      return "(date('now'))";
    case TypeName::time:
      return "(time('now'))";
    case TypeName::timestamp:
      return "(strftime(" + std::string(timestamp_format) + ", 'now'))";
    default:
      return "(strftime(" + std::string(timestamptz_format) + ", 'now'))";
  }
}

std::string_view storage_type(TypeName type) {
  switch (type) {
    case TypeName::boolean:
    case TypeName::smallint:
    case TypeName::integer:
    case TypeName::bigint:
      return "INTEGER";
    case TypeName::real:
    case TypeName::double_precision:
      return "REAL";
    case TypeName::bytea:
      return "BLOB";
    default:
      return "TEXT";
  }
}

/// The condition that keeps the type's promise; empty when STRICT does already.
std::string type_condition(const std::string& name, const ColumnType& type) {
  switch (type.name) {
    case TypeName::varchar:
    case TypeName::character:
      return type.length ? "length(" + name + ") <= " + std::to_string(*type.length) : std::string();
    case TypeName::boolean:
      return name + " IN (0, 1)";
    case TypeName::smallint:
      return name + " BETWEEN -32768 AND 32767";
    case TypeName::integer:
      return name + " BETWEEN -2147483648 AND 2147483647";
    case TypeName::numeric:
      return name + " GLOB '*[0-9]*' AND " + name + " NOT GLOB '*[^0-9.-]*'";
    case TypeName::date:
      return name + " IS date(" + name + ")";
    case TypeName::time:
      return name + " IS NULL OR time(" + name + ") IS NOT NULL";
    case TypeName::timestamp:
      return name + " IS strftime(" + std::string(timestamp_format) + ", " + name + ")";
    case TypeName::timestamptz:
      return name + " IS strftime(" + std::string(timestamptz_format) + ", " + name + ")";
    case TypeName::uuid:
      return "length(" + name + ") = 36 AND " + name + " NOT GLOB '*[^0-9a-f-]*'";
    case TypeName::jsonb:
    case TypeName::json:
      return "json_valid(" + name + ")";
    default:
      return {};
  }
}

std::string literal(const StoredValue& value) {
  std::string out;
  INGOT_CHECK(value.kind != StoredValue::Kind::null && value.kind != StoredValue::Kind::blob);
  switch (value.kind) {
    case StoredValue::Kind::integer:
      return std::to_string(value.integer);
    case StoredValue::Kind::real:
      append_json_real(out, value.real);
      return out;
    case StoredValue::Kind::text:
      return quoted_literal(value.text);
    case StoredValue::Kind::null:
    case StoredValue::Kind::blob:
      break;
  }
  return out;
}

std::string typed(const std::string& name, const ColumnType& type) {
  std::string sql = name + " " + std::string(storage_type(type.name));
  if (type.name == TypeName::numeric) sql += " COLLATE " + std::string(sqlite_numeric_collation);
  return sql;
}

std::string type_check(const std::string& name, const ColumnType& type) {
  const std::string condition = type_condition(name, type);
  return condition.empty() ? std::string() : " CHECK (" + condition + ")";
}

class SqliteDialect final : public Dialect {
 public:
  std::string table(std::string_view name) const override { return quoted_identifier(name); }
  std::string index(std::string_view name) const override { return quoted_identifier(name); }

  std::string base_column(const Column& column) const override {
    const std::string name = quoted_identifier(column.name);
    std::string sql = typed(name, column.type);
    if (column.name == "id") {
      sql += " NOT NULL PRIMARY KEY DEFAULT " + std::string(random_uuid);
    } else if (!column.nullable) {
      sql += " NOT NULL DEFAULT " + now_expression(column.type.name);
    }
    return sql + type_check(name, column.type);
  }

  std::string column(const ColumnSpec& column) const override {
    const std::string name = quoted_identifier(column.name);
    std::string sql = typed(name, column.type);
    if (!column.nullable) sql += " NOT NULL";
    if (column.default_value) sql += " DEFAULT " + default_expression(column);
    sql += type_check(name, column.type) + check_in_clause(column);
    if (column.reference) {
      sql += " REFERENCES " + table(column.reference->table) + " (" + quoted_identifier(column.reference->column) + ")";
    }
    return sql;
  }

  std::string type(const ColumnType& type) const override { return std::string(storage_type(type.name)); }
  std::string default_expression(const ColumnSpec& column) const override {
    return column.default_value->now ? now_expression(column.type.name) : literal(column.default_value->constant);
  }
  std::string constant(const StoredValue& value, const ColumnType&) const override { return literal(value); }

  std::string table_options() const override { return " STRICT"; }
  std::string index_method(const IndexSpec&) const override { return {}; }
  std::vector<std::string> before_table() const override { return {}; }
};

}  // namespace

std::unique_ptr<Dialect> sqlite_dialect() { return std::make_unique<SqliteDialect>(); }

}  // namespace ingot::db
