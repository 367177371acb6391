// SPDX-License-Identifier: Apache-2.0
#pragma once
// SQL of one operation in a database's dialect. Made by us alone: every name quoted, every constant a quoted literal. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "db/connection.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// The statements of the operation, in order. `before` is the model without it. REQUIRES: before.apply(operation) succeeds.
std::vector<std::string> ddl(Kind kind, std::string_view module, const Model& before, const Operation& operation);

/// What a dialect spells in its own way.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string table(std::string_view name) const = 0;
  /// The index as DROP INDEX names it.
  virtual std::string index(std::string_view name) const = 0;
  virtual std::string base_column(const Column& column) const = 0;
  virtual std::string column(const ColumnSpec& column) const = 0;
  virtual std::string table_options() const = 0;
  virtual std::string index_method(const IndexSpec& index) const = 0;
  /// What must stand before a module's first table.
  virtual std::vector<std::string> before_table() const = 0;
};

/// CHECK ("column" IN (...)), with a leading space; empty without a list.
std::string check_in_clause(const ColumnSpec& column);

std::unique_ptr<Dialect> sqlite_dialect();
std::unique_ptr<Dialect> postgres_dialect(std::string_view module);

/// The collation that sqlite.cpp registers for NUMERIC columns, which are text there.
constexpr std::string_view sqlite_numeric_collation = "ingot_numeric";

}  // namespace ingot::db
