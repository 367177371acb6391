// SPDX-License-Identifier: Apache-2.0
// Operations that make and drop tables and columns. Changes to what is there: migrate_changes.cpp.
#include "db/migrate_ops.hpp"

#include "db/constant.hpp"
#include "db/json_keys.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

Result<void> read_check_in(const json& node, ColumnSpec& column) {
  INGOT_TRY(column.check_in, scalars_of(node, "check_in"));
  for (const Scalar& value : column.check_in) {
    const bool text = std::holds_alternative<std::string>(value);
    if (!(text ? is_text(column.type.name) : is_whole(column.type.name))) {
      return refused_migration("'check_in' holds a value that does not fit " + type_text(column.type));
    }
  }
  return {};
}

/// A column, whose name stands under `name_key` ("name" in create_table, "column" in add_column).
Result<ColumnSpec> column_of(const json& node, const char* name_key) {
  if (!node.is_object()) return refused_migration("a column must be an object");
  ColumnSpec column;
  INGOT_TRY(column.name, name_of(node, name_key));
  INGOT_TRY(const std::string type, text_of(node, "sql_type"));
  INGOT_TRY(column.type, parse_type(type));
  INGOT_TRY(column.nullable, flag_of(node, "nullable", true));
  INGOT_TRY(column.unique, flag_of(node, "unique", false));
  if (column.unique && column.type.name == TypeName::json) return refused_migration("a JSON column cannot be unique (JSONB can)");
  INGOT_TRY(column.default_value, default_of(node.value("default", json()), column.type));
  INGOT_TRY_VOID(read_check_in(node, column));
  const auto reference = node.find("references");
  if (reference != node.end() && !reference->is_null()) {
    INGOT_TRY(column.reference, reference_of(*reference));
  }
  return column;
}

Result<Operation> parse_create_table(const json& node) {
  CreateTable operation;
  INGOT_TRY(operation.table, name_of(node, "table"));
  const json columns = node.value("columns", json::array());
  if (!columns.is_array()) return refused_migration("'columns' must be a list");
  if (columns.size() > columns_max) return refused_migration("too many columns");
  for (const json& item : columns) {
    INGOT_TRY(ColumnSpec column, column_of(item, "name"));
    operation.columns.push_back(std::move(column));
  }
  return Operation(std::move(operation));
}

}  // namespace

Result<Operation> parse_operation(const json& node) {
  if (!node.is_object()) return refused_migration("an operation must be an object");
  INGOT_TRY(const std::string type, text_of(node, "type"));
  if (type == "create_table") return parse_create_table(node);
  if (type == "add_column") {
    AddColumn operation;
    INGOT_TRY(operation.table, name_of(node, "table"));
    INGOT_TRY(operation.column, column_of(node, "column"));
    return Operation(std::move(operation));
  }
  if (type == "rename_column") {
    RenameColumn operation;
    INGOT_TRY(operation.table, name_of(node, "table"));
    INGOT_TRY(operation.column, name_of(node, "column"));
    INGOT_TRY(operation.new_name, name_of(node, "new_name"));
    return Operation(std::move(operation));
  }
  if (type == "drop_column") {
    DropColumn operation;
    INGOT_TRY(operation.table, name_of(node, "table"));
    INGOT_TRY(operation.column, name_of(node, "column"));
    return Operation(std::move(operation));
  }
  if (type == "drop_table") {
    DropTable operation;
    INGOT_TRY(operation.table, name_of(node, "table"));
    return Operation(std::move(operation));
  }
  INGOT_TRY(std::optional<Operation> change, parse_change(type, node));
  if (change) return std::move(*change);
  return refused_migration("the operation " + shown(type) + " is unknown");
}

}  // namespace ingot::db
