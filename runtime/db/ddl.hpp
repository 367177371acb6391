// SPDX-License-Identifier: Apache-2.0
#pragma once
// SQL of one operation in a database's dialect. Made by us alone: every name quoted, every constant a quoted literal or a
// parameter. Pure.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/connection.hpp"
#include "db/ddl_statement.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// The statements of the operation, in order. `before` is the model without it. REQUIRES: before.apply(operation) succeeds.
std::vector<DdlStatement> ddl(Kind kind, std::string_view module, const Model& before, const Operation& operation);

/// True when ddl() makes the table anew for this operation (SQLite alone): the transaction must be one of begin_rebuild().
bool rebuilds_table(Kind kind, const Model& before, const Operation& operation);

/// What a dialect spells in its own way.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string table(std::string_view name) const = 0;
  /// The index as DROP INDEX names it.
  virtual std::string index(std::string_view name) const = 0;
  virtual std::string base_column(const Column& column) const = 0;
  virtual std::string column(const ColumnSpec& column) const = 0;
  /// The type as it stands in a column's definition.
  virtual std::string type(const ColumnType& type) const = 0;
  /// A column's default as an expression. REQUIRES: it has one.
  virtual std::string default_expression(const ColumnSpec& column) const = 0;
  virtual std::string constant(const StoredValue& value, const ColumnType& type) const = 0;
  virtual std::string table_options() const = 0;
  virtual std::string index_method(const IndexSpec& index) const = 0;
  /// What must stand before a module's first table.
  virtual std::vector<std::string> before_table() const = 0;
};

/// CHECK ("column" IN (...)), with a leading space; empty without a list.
std::string check_in_clause(const ColumnSpec& column);
/// CONSTRAINT "name" CHECK (...)
std::string check_clause(const Dialect& dialect, const TableSpec& table, const CheckSpec& check);
/// "a", "b"
std::string column_list(const std::vector<std::string>& names);
/// CREATE TABLE under the name that is given, with all that belongs to it but the indexes.
std::string create_table(const Dialect& dialect, const TableSpec& table, std::string_view name);
std::string create_index(const Dialect& dialect, const TableSpec& table, const IndexSpec& index);

std::unique_ptr<Dialect> dialect_of(Kind kind, std::string_view module);
std::unique_ptr<Dialect> sqlite_dialect();
std::unique_ptr<Dialect> postgres_dialect(std::string_view module);

/// The collation that sqlite.cpp registers for NUMERIC columns, which are text there.
constexpr std::string_view sqlite_numeric_collation = "ingot_numeric";

}  // namespace ingot::db
