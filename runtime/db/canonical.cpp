// SPDX-License-Identifier: Apache-2.0
// Operations back to JSON. Checksums of applied versions rest on it: a key that came later stands only where it says something, so that
// the text of an older operation stays what it was.
#include "db/migrate_ops.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

json scalars_json(const std::vector<Scalar>& values) {
  json list = json::array();
  for (const Scalar& value : values) std::visit([&](const auto& item) { list.push_back(item); }, value);
  return list;
}

json reference_json(const Reference& reference) { return {{"table", reference.table}, {"column", reference.column}}; }

json column_json(const ColumnSpec& column, const char* name_key) {
  json node{{name_key, column.name},    {"sql_type", type_text(column.type)}, {"nullable", column.nullable},
            {"unique", column.unique},  {"default", default_json(column)},    {"references", nullptr},
            {"check_in", scalars_json(column.check_in)}};
  if (column.reference) node["references"] = reference_json(*column.reference);
  return node;
}

json condition_json(const IndexCondition& condition) {
  using Test = IndexCondition::Test;
  json node{{"column", condition.column}};
  switch (condition.test) {
    case Test::is_null: node["is"] = "null"; break;
    case Test::is_not_null: node["is"] = "not_null"; break;
    case Test::is_true: node["is"] = "true"; break;
    case Test::is_false: node["is"] = "false"; break;
    case Test::equals: node["equals"] = scalars_json({condition.value})[0]; break;
  }
  return node;
}

json index_json(const char* type, const std::string& table, const IndexSpec& index) {
  json node{{"type", type}, {"table", table}, {"columns", index.columns}, {"unique", index.unique}, {"index_type", index.method}};
  if (index.where) node["where"] = condition_json(*index.where);
  return node;
}

json check_json(const char* type, const std::string& table, const CheckSpec& check) {
  json node{{"type", type}, {"table", table}, {"column", check.column}};
  if (!check.in.empty()) node["check_in"] = scalars_json(check.in);
  if (check.min) node["min"] = json::parse(*check.min);
  if (check.max) node["max"] = json::parse(*check.max);
  if (check.not_empty) node["not_empty"] = true;
  return node;
}

struct Writer {
  json operator()(const CreateTable& op) const {
    json columns = json::array();
    for (const ColumnSpec& column : op.columns) columns.push_back(column_json(column, "name"));
    return {{"type", "create_table"}, {"table", op.table}, {"columns", std::move(columns)}};
  }
  json operator()(const AddColumn& op) const {
    json node = column_json(op.column, "column");
    node["type"] = "add_column";
    node["table"] = op.table;
    return node;
  }
  json operator()(const CreateIndex& op) const { return index_json("create_index", op.table, op.index); }
  json operator()(const DropIndex& op) const { return index_json("drop_index", op.table, op.index); }
  json operator()(const RenameTable& op) const { return {{"type", "rename_table"}, {"table", op.table}, {"new_name", op.new_name}}; }
  json operator()(const RenameColumn& op) const {
    return {{"type", "rename_column"}, {"table", op.table}, {"column", op.column}, {"new_name", op.new_name}};
  }
  json operator()(const AlterColumn& op) const {
    json node{{"type", "alter_column"}, {"table", op.table}, {"column", op.column}};
    if (op.type) node["sql_type"] = type_text(*op.type);
    if (op.nullable) node["nullable"] = *op.nullable;
    if (op.default_json) node["default"] = json::parse(*op.default_json);
    return node;
  }
  json operator()(const AddForeignKey& op) const {
    return {{"type", "add_foreign_key"}, {"table", op.table}, {"column", op.column}, {"references", reference_json(op.reference)}};
  }
  json operator()(const DropForeignKey& op) const { return {{"type", "drop_foreign_key"}, {"table", op.table}, {"column", op.column}}; }
  json operator()(const AddCheck& op) const { return check_json("add_check", op.table, op.check); }
  json operator()(const DropCheck& op) const { return check_json("drop_check", op.table, op.check); }
  json operator()(const InsertRows& op) const {
    json rows = json::array();
    for (const InsertRows::Row& row : op.rows) {
      json& node = rows.emplace_back(json::object());
      for (const auto& [name, text] : row) node[name] = json::parse(text);
    }
    return {{"type", "insert"}, {"table", op.table}, {"key", op.key}, {"rows", std::move(rows)}};
  }
  json operator()(const DeleteRows&) const { return nullptr; }  // nobody writes it down
  json operator()(const DropColumn& op) const { return {{"type", "drop_column"}, {"table", op.table}, {"column", op.column}}; }
  json operator()(const DropTable& op) const { return {{"type", "drop_table"}, {"table", op.table}}; }
};

}  // namespace

json default_json(const ColumnSpec& column) {
  if (!column.default_value) return nullptr;
  if (column.default_value->now) return {{"function", "now"}};
  std::string text;
  append_stored(text, column.default_value->constant, column.type);
  return json::parse(text);
}

Result<Operation> parse_canonical(json node) {
  // "check_in" is an empty list where a module may only leave it out.
  const auto tidy = [](json& column) {
    if (column.is_object() && column.contains("check_in") && column["check_in"] == json::array()) column.erase("check_in");
  };
  tidy(node);
  if (node.is_object() && node.contains("columns") && node["columns"].is_array()) {
    for (json& column : node["columns"]) tidy(column);
  }
  return parse_operation(node);
}

json canonical_json(const Operation& operation) { return std::visit(Writer{}, operation); }

}  // namespace ingot::db
