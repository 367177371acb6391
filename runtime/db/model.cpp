// SPDX-License-Identifier: Apache-2.0
#include "db/model.hpp"

#include <algorithm>

#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

Error refused(const std::string& why) { return Error{ErrorCode::migration, why}; }

std::string in_quotes(std::string_view name) { return "'" + std::string(name) + "'"; }

Error no_table(std::string_view table) { return refused("there is no table " + in_quotes(table)); }

bool is_base_column(std::string_view name) {
  return std::ranges::any_of(base_columns(), [&](const Column& column) { return column.name == name; });
}

const ColumnType* type_of(const TableSpec& table, std::string_view column) {
  for (const Column& base : base_columns()) {
    if (base.name == column) return &base.type;
  }
  const ColumnSpec* found = table.find(column);
  return found == nullptr ? nullptr : &found->type;
}

bool is_unique(const TableSpec& table, const std::string& column) {
  if (column == "id") return true;
  return std::ranges::any_of(table.indexes,
                             [&](const IndexSpec& index) { return index.unique && index.columns == std::vector<std::string>{column}; });
}

/// idx_<table>_<columns>. Names that hold '_' could meet ("a_b" with "c", "a" with "b_c"), and long ones are cut: both get a hash.
/// The hash begins with a digit, which no column does.
std::string index_name(const std::string& table, const std::vector<std::string>& columns, bool unique, std::string_view salt) {
  constexpr std::size_t name_bytes_max = 63;
  constexpr std::size_t hash_digits = 8;
  std::string name = (unique ? "uidx_" : "idx_") + table;
  bool ambiguous = table.find('_') != std::string::npos || !salt.empty();
  std::string exact = table;
  for (const std::string& column : columns) {
    name += '_' + column;
    exact += '/' + column;
    ambiguous = ambiguous || column.find('_') != std::string::npos;
  }
  if (!ambiguous && name.size() <= name_bytes_max) return name;
  exact += salt;
  name.resize(std::min(name.size(), name_bytes_max - hash_digits - 2));
  return name + "_0" + sha256_hex(exact).substr(0, hash_digits);
}

}  // namespace

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

Schema Model::schema(std::string_view module) const {
  Schema schema{.module = std::string(module), .tables = {}};
  for (const auto& [name, spec] : tables_) {
    Table table{.name = name, .columns = base_columns()};
    for (const ColumnSpec& column : spec.columns) table.columns.push_back({column.name, column.type, column.nullable});
    schema.tables.emplace(name, std::move(table));
  }
  return schema;
}

Result<void> Model::apply(const Operation& operation) {
  struct Visitor {
    Model& model;
    Result<void> operator()(const CreateTable& op) const { return model.create(op); }
    Result<void> operator()(const AddColumn& op) const { return model.add(op); }
    Result<void> operator()(const CreateIndex& op) const { return model.index(op); }
    Result<void> operator()(const RenameColumn& op) const { return model.rename(op); }
    Result<void> operator()(const DropColumn& op) const { return model.drop(op); }
    Result<void> operator()(const DropTable& op) const { return model.drop(op); }
  };
  return std::visit(Visitor{*this}, operation);
}

Result<void> Model::create(const CreateTable& operation) {
  if (tables_.contains(operation.table)) return refused("the table " + in_quotes(operation.table) + " exists already");
  if (tables_.size() >= tables_max) return refused("a module may have at most " + std::to_string(tables_max) + " tables");
  TableSpec table{.name = operation.table, .columns = {}, .indexes = {}};
  for (const ColumnSpec& column : operation.columns) {
    if (is_base_column(column.name)) return refused("the host makes the column " + in_quotes(column.name) + " itself");
    if (table.find(column.name) != nullptr) return refused("the column " + in_quotes(column.name) + " stands twice");
    table.columns.push_back(column);
    if (column.unique) add_index(table, {column.name}, true, "btree");
  }
  if (table.columns.size() + base_columns().size() > columns_max) return refused("too many columns in " + in_quotes(table.name));
  for (const ColumnSpec& column : table.columns) INGOT_TRY_VOID(check_reference(column, table));
  tables_.emplace(table.name, std::move(table));
  return {};
}

Result<void> Model::add(const AddColumn& operation) {
  const auto found = tables_.find(operation.table);
  if (found == tables_.end()) return create({operation.table, {operation.column}});
  const ColumnSpec& column = operation.column;
  TableSpec table = found->second;
  if (is_base_column(column.name) || table.find(column.name) != nullptr) {
    return refused("the table " + in_quotes(table.name) + " has a column " + in_quotes(column.name) + " already");
  }
  // Existing rows need a value, and SQLite adds a column with a constant only, and none that refers to another row.
  if (!column.nullable && !column.default_value) return refused("a NOT NULL column added to a table needs a default");
  if (column.default_value && column.default_value->now) return refused("a column added to an existing table cannot default to now");
  if (column.default_value && column.reference) return refused("a column added with references cannot have a default");
  if (table.columns.size() + base_columns().size() >= columns_max) return refused("too many columns in " + in_quotes(table.name));
  table.columns.push_back(column);
  if (column.unique) add_index(table, {column.name}, true, "btree");
  INGOT_TRY_VOID(check_reference(column, table));
  found->second = std::move(table);
  return {};
}

Result<void> Model::check_reference(const ColumnSpec& column, const TableSpec& self) const {
  if (!column.reference) return {};
  const Reference& reference = *column.reference;
  const TableSpec* target = reference.table == self.name ? &self : find(reference.table);
  if (target == nullptr) {
    return refused("the column " + in_quotes(column.name) + " refers to " + in_quotes(reference.table) +
                   ", which is not a table of this module (or comes later)");
  }
  const ColumnType* type = type_of(*target, reference.column);
  if (type == nullptr) return refused(in_quotes(reference.table) + " has no column " + in_quotes(reference.column));
  if (!is_unique(*target, reference.column)) return refused("the referenced column " + in_quotes(reference.column) + " is not unique");
  if (type->name != column.type.name) return refused("the column " + in_quotes(column.name) + " differs in type from what it refers to");
  return {};
}

Result<void> Model::index(const CreateIndex& operation) {
  const auto found = tables_.find(operation.table);
  if (found == tables_.end()) return no_table(operation.table);
  TableSpec& table = found->second;
  for (const std::string& column : operation.columns) {
    const ColumnType* type = type_of(table, column);
    if (type == nullptr) return refused("the table " + in_quotes(table.name) + " has no column " + in_quotes(column));
    if (type->name == TypeName::json) return refused("a JSON column cannot be indexed (JSONB can)");
    if (std::ranges::count(operation.columns, column) > 1) return refused("the column " + in_quotes(column) + " stands twice");
  }
  for (const IndexSpec& other : table.indexes) {
    if (other.columns == operation.columns && other.unique == operation.unique && other.method == operation.method) {
      return refused("there is such an index on " + in_quotes(table.name) + " already");
    }
  }
  add_index(table, operation.columns, operation.unique, operation.method);
  return {};
}

void Model::add_index(TableSpec& table, std::vector<std::string> columns, bool unique, std::string method) const {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(table.indexes, [&](const IndexSpec& index) { return index.name == name; });
  };
  std::string name = index_name(table.name, columns, unique, method == "btree" ? "" : method);
  for (int salt = 1; taken(name); ++salt) name = index_name(table.name, columns, unique, std::to_string(salt));
  table.indexes.push_back({std::move(name), std::move(columns), unique, std::move(method)});
}

Result<void> Model::rename(const RenameColumn& operation) {
  const auto found = tables_.find(operation.table);
  if (found == tables_.end()) return no_table(operation.table);
  TableSpec& table = found->second;
  if (is_base_column(operation.column)) return refused("the column " + in_quotes(operation.column) + " belongs to the host");
  if (table.find(operation.column) == nullptr) {
    return refused("the table " + in_quotes(table.name) + " has no column " + in_quotes(operation.column));
  }
  if (is_base_column(operation.new_name) || table.find(operation.new_name) != nullptr) {
    return refused("the table " + in_quotes(table.name) + " has a column " + in_quotes(operation.new_name) + " already");
  }
  for (ColumnSpec& column : table.columns) {
    if (column.name == operation.column) column.name = operation.new_name;
  }
  for (IndexSpec& index : table.indexes) std::ranges::replace(index.columns, operation.column, operation.new_name);
  for (auto& [name, other] : tables_) {
    for (ColumnSpec& column : other.columns) {
      if (column.reference && column.reference->table == table.name && column.reference->column == operation.column) {
        column.reference->column = operation.new_name;
      }
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

Result<void> Model::drop(const DropColumn& operation) {
  const auto found = tables_.find(operation.table);
  if (found == tables_.end()) return no_table(operation.table);
  TableSpec& table = found->second;
  if (is_base_column(operation.column)) return refused("the column " + in_quotes(operation.column) + " belongs to the host");
  if (table.find(operation.column) == nullptr) {
    return refused("the table " + in_quotes(table.name) + " has no column " + in_quotes(operation.column));
  }
  if (is_referenced(table.name, operation.column, false)) return refused("the column " + in_quotes(operation.column) + " is referred to");
  std::erase_if(table.columns, [&](const ColumnSpec& column) { return column.name == operation.column; });
  std::erase_if(table.indexes,
                [&](const IndexSpec& index) { return std::ranges::find(index.columns, operation.column) != index.columns.end(); });
  return {};
}

Result<void> Model::drop(const DropTable& operation) {
  if (!tables_.contains(operation.table)) return no_table(operation.table);
  if (is_referenced(operation.table, {}, true)) return refused("the table " + in_quotes(operation.table) + " is referred to");
  tables_.erase(operation.table);
  return {};
}

}  // namespace ingot::db
