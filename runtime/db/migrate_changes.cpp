// SPDX-License-Identifier: Apache-2.0
// Operations on tables that are there: from JSON to typed values.
#include <algorithm>

#include "db/constant.hpp"
#include "db/json_keys.hpp"
#include "db/migrate_ops.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

constexpr std::size_t rows_max = 1000;  // of one insert

Result<IndexCondition> condition_of(const json& node) {
  using Test = IndexCondition::Test;
  if (!node.is_object()) return refused_migration("'where' must be an object");
  IndexCondition condition;
  INGOT_TRY(condition.column, name_of(node, "column"));
  if (node.contains("is") == node.contains("equals")) return refused_migration("'where' needs one of 'is' and 'equals'");
  if (node.contains("equals")) {
    condition.test = Test::equals;
    INGOT_TRY(const std::vector<Scalar> values, scalars_of(json{{"equals", json::array({node["equals"]})}}, "equals"));
    condition.value = values.front();
    return condition;
  }
  INGOT_TRY(const std::string test, text_of(node, "is"));
  if (test == "null") condition.test = Test::is_null;
  else if (test == "not_null") condition.test = Test::is_not_null;
  else if (test == "true") condition.test = Test::is_true;
  else if (test == "false") condition.test = Test::is_false;
  else return refused_migration("'is' must be null, not_null, true or false, as a string");
  return condition;
}

Result<IndexSpec> index_of(const json& node) {
  IndexSpec index;
  INGOT_TRY(index.columns, names_of(node, "columns", "column"));
  INGOT_TRY(index.unique, flag_of(node, "unique", false));
  if (node.contains("index_type")) {
    INGOT_TRY(index.method, text_of(node, "index_type"));
    if (index.method != "btree" && index.method != "hash") return refused_migration("'index_type' must be btree or hash");
    if (index.method == "hash" && (index.unique || index.columns.size() > 1)) {
      return refused_migration("a hash index has one column and is not unique");
    }
  }
  if (node.contains("where") && !node["where"].is_null()) {
    INGOT_TRY(index.where, condition_of(node["where"]));
  }
  return index;
}

/// A number or a text, kept as JSON until the column's type is known.
Result<std::optional<std::string>> bound_of(const json& node, const char* key) {
  const auto found = node.find(key);
  if (found == node.end() || found->is_null()) return std::optional<std::string>();
  if (!found->is_number() && !found->is_string()) return refused_migration("'" + std::string(key) + "' must be a number or a string");
  return std::optional(found->dump());
}

Result<CheckSpec> check_of(const json& node) {
  CheckSpec check;
  INGOT_TRY(check.column, name_of(node, "column"));
  INGOT_TRY(check.in, scalars_of(node, "check_in"));
  INGOT_TRY(check.min, bound_of(node, "min"));
  INGOT_TRY(check.max, bound_of(node, "max"));
  INGOT_TRY(check.not_empty, flag_of(node, "not_empty", false));
  if (check.in.empty() && !check.min && !check.max && !check.not_empty) {
    return refused_migration("a check needs 'check_in', 'min', 'max' or 'not_empty'");
  }
  return check;
}

Result<AlterColumn> alter_column_of(const json& node) {
  AlterColumn operation;
  INGOT_TRY(operation.column, name_of(node, "column"));
  if (node.contains("sql_type")) {
    INGOT_TRY(const std::string type, text_of(node, "sql_type"));
    INGOT_TRY(operation.type, parse_type(type));
  }
  if (node.contains("nullable")) {
    INGOT_TRY(operation.nullable, flag_of(node, "nullable", true));
  }
  if (node.contains("default")) operation.default_json = node["default"].dump();
  if (!operation.type && !operation.nullable && !operation.default_json) {
    return refused_migration("nothing would change: give 'sql_type', 'nullable' or 'default'");
  }
  return operation;
}

Result<InsertRows> insert_of(const json& node) {
  InsertRows operation;
  INGOT_TRY(operation.key, names_of(node, "key", "key"));
  const auto rows = node.find("rows");
  if (rows == node.end() || !rows->is_array() || rows->empty() || rows->size() > rows_max) {
    return refused_migration("'rows' must be a list of 1 to 1000 objects");
  }
  for (const json& item : *rows) {
    if (!item.is_object()) return refused_migration("a row must be an object");
    InsertRows::Row& row = operation.rows.emplace_back();
    for (const auto& [name, value] : item.items()) {
      INGOT_TRY(std::string column, name_of(json{{"rows", name}}, "rows"));
      row.emplace(std::move(column), value.dump());
    }
  }
  return operation;
}

}  // namespace

Result<std::optional<Operation>> parse_change(const std::string& type, const json& node) {
  const auto some = [](auto operation) { return std::optional<Operation>(std::move(operation)); };
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, std::string_view(type)) != names.end();
  };
  if (!is_one_of({"create_index", "add_index", "drop_index", "rename_table", "alter_column", "add_foreign_key", "drop_foreign_key",
                  "add_check", "drop_check", "insert"})) {
    return std::optional<Operation>();
  }
  INGOT_TRY(std::string table, name_of(node, "table"));
  if (type == "create_index" || type == "add_index" || type == "drop_index") {
    INGOT_TRY(IndexSpec index, index_of(node));
    if (type == "drop_index") return some(DropIndex{std::move(table), std::move(index)});
    return some(CreateIndex{std::move(table), std::move(index)});
  }
  if (type == "add_check" || type == "drop_check") {
    INGOT_TRY(CheckSpec check, check_of(node));
    if (type == "drop_check") return some(DropCheck{std::move(table), std::move(check)});
    return some(AddCheck{std::move(table), std::move(check)});
  }
  if (type == "rename_table") {
    INGOT_TRY(std::string new_name, name_of(node, "new_name"));
    return some(RenameTable{.table = std::move(table), .new_name = std::move(new_name)});
  }
  if (type == "alter_column") {
    INGOT_TRY(AlterColumn operation, alter_column_of(node));
    operation.table = std::move(table);
    return some(std::move(operation));
  }
  if (type == "insert") {
    INGOT_TRY(InsertRows operation, insert_of(node));
    operation.table = std::move(table);
    return some(std::move(operation));
  }
  INGOT_TRY(std::string column, name_of(node, "column"));
  if (type == "drop_foreign_key") return some(DropForeignKey{std::move(table), std::move(column)});
  INGOT_TRY(Reference reference, reference_of(node.value("references", json())));
  return some(AddForeignKey{std::move(table), std::move(column), std::move(reference)});
}

}  // namespace ingot::db
