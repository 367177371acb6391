// SPDX-License-Identifier: Apache-2.0
// Tables, columns and indexes, made and dropped. Changes to what is there: model_alter.cpp.
#include "db/model.hpp"

#include <algorithm>

#include "db/model_parts.hpp"

namespace ingot::db {

const std::vector<Column>& base_columns() {
  const auto of = [](TypeName name) { return ColumnType{.name = name, .length = std::nullopt, .scale = std::nullopt}; };
  static const std::vector<Column> columns{{"id", of(TypeName::uuid), false},
                                           {"created_at", of(TypeName::timestamptz), false},
                                           {"updated_at", of(TypeName::timestamptz), false},
                                           {"deleted_at", of(TypeName::timestamptz), true}};
  return columns;
}

const ColumnSpec* TableSpec::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &ColumnSpec::name);
  return found == columns.end() ? nullptr : &*found;
}

const TableSpec* Model::find(std::string_view table) const {
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : &found->second;
}

Result<TableSpec*> Model::table_of(std::string_view name) {
  const auto found = tables_.find(name);
  if (found == tables_.end()) return refused_migration("there is no table " + in_quotes(name));
  return &found->second;
}

Schema Model::schema(std::string_view module) const {
  Schema schema{.module = std::string(module), .tables = {}};
  for (const auto& [name, spec] : tables_) {
    Table table{.name = name, .columns = base_columns()};
    for (const ColumnSpec& column : spec.columns) {
      Column& known = table.columns.emplace_back(Column{column.name, column.type, column.nullable});
      if (column.reference) known.references = ColumnReference{column.reference->table, column.reference->column};
    }
    schema.tables.emplace(name, std::move(table));
  }
  return schema;
}

Result<void> Model::apply(const Operation& operation) {
  return std::visit([this](const auto& op) { return take(op); }, operation);
}

Result<void> Model::take(const CreateTable& operation) {
  if (tables_.contains(operation.table)) return refused_migration("the table " + in_quotes(operation.table) + " exists already");
  if (tables_.size() >= tables_max) return refused_migration("a module may have at most " + std::to_string(tables_max) + " tables");
  TableSpec table{.name = operation.table, .columns = {}, .indexes = {}, .checks = {}};
  for (const ColumnSpec& column : operation.columns) {
    if (is_base_column(column.name)) return refused_migration("the host makes the column " + in_quotes(column.name) + " itself");
    if (table.find(column.name) != nullptr) return refused_migration("the column " + in_quotes(column.name) + " stands twice");
    table.columns.push_back(column);
    if (column.unique) put_index(table, {.name = {}, .columns = {column.name}, .unique = true, .method = "btree", .where = {}});
  }
  if (table.columns.size() + base_columns().size() > columns_max) {
    return refused_migration("too many columns in " + in_quotes(table.name));
  }
  for (const ColumnSpec& column : table.columns) INGOT_TRY_VOID(check_reference(column, table));
  tables_.emplace(table.name, std::move(table));
  return {};
}

Result<void> Model::take(const AddColumn& operation) {
  const auto found = tables_.find(operation.table);
  if (found == tables_.end()) return take(CreateTable{operation.table, {operation.column}});
  const ColumnSpec& column = operation.column;
  TableSpec table = found->second;
  if (is_base_column(column.name) || table.find(column.name) != nullptr) {
    return refused_migration("the table " + in_quotes(table.name) + " has a column " + in_quotes(column.name) + " already");
  }
  // Existing rows need a value, and SQLite adds a column with a constant only, and none that refers to another row.
  if (!column.nullable && !column.default_value) return refused_migration("a NOT NULL column added to a table needs a default");
  if (column.default_value && column.default_value->now) {
    return refused_migration("a column added to an existing table cannot default to now");
  }
  if (column.default_value && column.reference) return refused_migration("a column added with references cannot have a default");
  if (table.columns.size() + base_columns().size() >= columns_max) {
    return refused_migration("too many columns in " + in_quotes(table.name));
  }
  table.columns.push_back(column);
  if (column.unique) put_index(table, {.name = {}, .columns = {column.name}, .unique = true, .method = "btree", .where = {}});
  INGOT_TRY_VOID(check_reference(column, table));
  found->second = std::move(table);
  return {};
}

Result<void> Model::check_reference(const ColumnSpec& column, const TableSpec& self) const {
  if (!column.reference) return {};
  const Reference& reference = *column.reference;
  const TableSpec* target = reference.table == self.name ? &self : find(reference.table);
  if (target == nullptr) {
    return refused_migration("the column " + in_quotes(column.name) + " refers to " + in_quotes(reference.table) +
                             ", which is not a table of this module (or comes later)");
  }
  const ColumnType* type = type_of(*target, reference.column);
  if (type == nullptr) return no_column(*target, reference.column);
  if (!is_unique(*target, {reference.column})) {
    return refused_migration("the referenced column " + in_quotes(reference.column) + " is not unique");
  }
  if (type->name != column.type.name) {
    return refused_migration("the column " + in_quotes(column.name) + " differs in type from what it refers to");
  }
  return {};
}

Result<void> Model::take(const RenameColumn& operation) {
  INGOT_TRY(TableSpec* const found, table_of(operation.table));
  TableSpec& table = *found;
  if (is_base_column(operation.column)) return host_column(operation.column);
  if (table.find(operation.column) == nullptr) return no_column(table, operation.column);
  if (is_base_column(operation.new_name) || table.find(operation.new_name) != nullptr) {
    return refused_migration("the table " + in_quotes(table.name) + " has a column " + in_quotes(operation.new_name) + " already");
  }
  const auto rename = [&](std::string& name) {
    if (name == operation.column) name = operation.new_name;
  };
  for (ColumnSpec& column : table.columns) rename(column.name);
  for (CheckSpec& check : table.checks) rename(check.column);
  for (IndexSpec& index : table.indexes) {
    for (std::string& column : index.columns) rename(column);
    if (index.where) rename(index.where->column);
  }
  for (auto& [name, other] : tables_) {
    for (ColumnSpec& column : other.columns) {
      if (column.reference && column.reference->table == table.name) rename(column.reference->column);
    }
  }
  return {};
}

bool Model::is_referenced(std::string_view table, std::string_view column, bool from_others_only) const {
  for (const auto& [name, other] : tables_) {
    if (from_others_only && name == table) continue;
    for (const ColumnSpec& candidate : other.columns) {
      if (!candidate.reference || candidate.reference->table != table) continue;
      if (column.empty() || candidate.reference->column == column) return true;
    }
  }
  return false;
}

Result<void> Model::take(const DropColumn& operation) {
  INGOT_TRY(TableSpec* const found, table_of(operation.table));
  TableSpec& table = *found;
  if (is_base_column(operation.column)) return host_column(operation.column);
  if (table.find(operation.column) == nullptr) return no_column(table, operation.column);
  if (is_referenced(table.name, operation.column, false)) {
    return refused_migration("the column " + in_quotes(operation.column) + " is referred to");
  }
  std::erase_if(table.columns, [&](const ColumnSpec& column) { return column.name == operation.column; });
  std::erase_if(table.checks, [&](const CheckSpec& check) { return check.column == operation.column; });
  std::erase_if(table.indexes, [&](const IndexSpec& index) { return index.covers(operation.column); });
  return {};
}

Result<void> Model::take(const DropTable& operation) {
  INGOT_TRY_VOID(table_of(operation.table));
  if (is_referenced(operation.table, {}, true)) {
    return refused_migration("the table " + in_quotes(operation.table) + " is referred to");
  }
  tables_.erase(operation.table);
  return {};
}

}  // namespace ingot::db
