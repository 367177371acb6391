// SPDX-License-Identifier: Apache-2.0
#include "db/migrate_ops.hpp"

#include <algorithm>

namespace ingot::db {
namespace {

using nlohmann::json;

Error refused(const std::string& why) { return Error{ErrorCode::migration, why}; }

/// A string from outside, cut and made printable for a message.
std::string shown(const std::string& text) {
  constexpr std::size_t bytes_max = 80;
  std::string out = json(text.substr(0, bytes_max)).dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > bytes_max ? out + "..." : out;
}

Result<std::string> text_of(const json& node, const char* key) {
  const auto found = node.find(key);
  if (found == node.end() || !found->is_string()) return refused("'" + std::string(key) + "' must be a string");
  return found->get<std::string>();
}

Result<std::string> name_of(const json& node, const char* key) {
  INGOT_TRY(std::string name, text_of(node, key));
  if (!valid_identifier(name)) {
    return refused("'" + std::string(key) + "': " + shown(name) +
                   " cannot be a name ([a-z_][a-z0-9_]*, at most 63 bytes, no SQL keyword, not beginning with ingot_, sqlite_ or pg_)");
  }
  return name;
}

Result<bool> flag_of(const json& node, const char* key, bool absent) {
  const auto found = node.find(key);
  if (found == node.end()) return absent;
  if (!found->is_boolean()) return refused("'" + std::string(key) + "' must be true or false");
  return found->get<bool>();
}

bool is_text(TypeName name) { return name == TypeName::text || name == TypeName::varchar || name == TypeName::character; }

bool is_whole(TypeName name) { return name == TypeName::smallint || name == TypeName::integer || name == TypeName::bigint; }

bool is_time(TypeName name) {
  return name == TypeName::date || name == TypeName::time || name == TypeName::timestamp || name == TypeName::timestamptz;
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// True when the JSON kind may stand for the type: strings for texts and times, whole numbers for integers, ...
bool kind_fits(const json& value, TypeName type) {
  if (type == TypeName::boolean) return value.is_boolean();
  if (is_whole(type)) return value.is_number_integer();
  if (type == TypeName::real || type == TypeName::double_precision) return value.is_number();
  if (type == TypeName::numeric) return value.is_number() || value.is_string();
  return value.is_string() && type != TypeName::bytea;
}

Result<StoredValue> constant(const json& value, const ColumnType& type) {
  const bool is_json = type.name == TypeName::json || type.name == TypeName::jsonb;
  if (!is_json && !kind_fits(value, type.name)) return refused("a default of that kind does not fit " + type_text(type));
  Param param;
  param.kind = Param::Kind::text;
  param.text = is_json || !value.is_string() ? value.dump() : value.get<std::string>();
  if (param.text.find('\0') != std::string::npos) return refused("a default holds a NUL character");
  if (is_text(type.name) && type.length && code_points(param.text) > static_cast<std::size_t>(*type.length)) {
    return refused("the default is longer than " + type_text(type));
  }
  auto stored = stored_value(param, type);
  if (auto* error = std::get_if<StatementError>(&stored)) return refused("the default: " + error->message);
  return std::move(std::get<StoredValue>(stored));
}

Result<std::optional<DefaultValue>> default_of(const json& node, const ColumnType& type) {
  const auto found = node.find("default");
  if (found == node.end() || found->is_null()) return std::optional<DefaultValue>();
  const bool is_json = type.name == TypeName::json || type.name == TypeName::jsonb;
  if (found->is_object() && !is_json) {
    if (found->value("function", json()) != json("now")) return refused("a default is a JSON value or {\"function\":\"now\"}");
    if (!is_time(type.name)) return refused("a default of now does not fit " + type_text(type));
    return std::optional(DefaultValue{.now = true, .constant = {}});
  }
  INGOT_TRY(StoredValue value, constant(*found, type));
  return std::optional(DefaultValue{.now = false, .constant = std::move(value)});
}

Result<void> read_check_in(const json& node, ColumnSpec& column) {
  const auto found = node.find("check_in");
  if (found == node.end() || found->is_null()) return {};
  constexpr std::size_t values_max = 1000;
  if (!found->is_array() || found->empty() || found->size() > values_max) return refused("'check_in' must be a list of 1 to 1000 values");
  for (const json& value : *found) {
    if (is_text(column.type.name) && value.is_string()) {
      column.check_in.emplace_back(value.get<std::string>());
      if (std::get<std::string>(column.check_in.back()).find('\0') != std::string::npos) return refused("'check_in' holds a NUL character");
    } else if (is_whole(column.type.name) && value.is_number_integer() &&
               !(value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))) {
      column.check_in.emplace_back(value.get<std::int64_t>());
    } else {
      return refused("'check_in' holds a value that does not fit " + type_text(column.type));
    }
  }
  return {};
}

/// A column, whose name stands under `name_key` ("name" in create_table, "column" in add_column).
Result<ColumnSpec> column_of(const json& node, const char* name_key) {
  if (!node.is_object()) return refused("a column must be an object");
  ColumnSpec column;
  INGOT_TRY(column.name, name_of(node, name_key));
  INGOT_TRY(const std::string type, text_of(node, "sql_type"));
  INGOT_TRY(column.type, parse_type(type));
  INGOT_TRY(column.nullable, flag_of(node, "nullable", true));
  INGOT_TRY(column.unique, flag_of(node, "unique", false));
  if (column.unique && column.type.name == TypeName::json) return refused("a JSON column cannot be unique (JSONB can)");
  INGOT_TRY(column.default_value, default_of(node, column.type));
  INGOT_TRY_VOID(read_check_in(node, column));
  const auto reference = node.find("references");
  if (reference != node.end() && !reference->is_null()) {
    if (!reference->is_object()) return refused("'references' must be an object");
    Reference target;
    INGOT_TRY(target.table, name_of(*reference, "table"));
    if (reference->contains("column")) {
      INGOT_TRY(target.column, name_of(*reference, "column"));
    }
    column.reference = std::move(target);
  }
  return column;
}

Result<Operation> parse_create_table(const json& node) {
  CreateTable operation;
  INGOT_TRY(operation.table, name_of(node, "table"));
  const json columns = node.value("columns", json::array());
  if (!columns.is_array()) return refused("'columns' must be a list");
  if (columns.size() > columns_max) return refused("too many columns");
  for (const json& item : columns) {
    INGOT_TRY(ColumnSpec column, column_of(item, "name"));
    operation.columns.push_back(std::move(column));
  }
  return Operation(std::move(operation));
}

Result<Operation> parse_create_index(const json& node) {
  CreateIndex operation;
  INGOT_TRY(operation.table, name_of(node, "table"));
  if (node.contains("columns")) {
    constexpr std::size_t index_columns_max = 32;  // PostgreSQL's bound
    const json& columns = node["columns"];
    if (!columns.is_array() || columns.empty() || columns.size() > index_columns_max) {
      return refused("'columns' must be a list of 1 to 32 names");
    }
    for (const json& item : columns) {
      INGOT_TRY(std::string name, name_of(json{{"columns", item}}, "columns"));
      operation.columns.push_back(std::move(name));
    }
  } else {
    INGOT_TRY(std::string name, name_of(node, "column"));
    operation.columns.push_back(std::move(name));
  }
  INGOT_TRY(operation.unique, flag_of(node, "unique", false));
  if (node.contains("index_type")) {
    INGOT_TRY(operation.method, text_of(node, "index_type"));
    if (operation.method != "btree" && operation.method != "hash") return refused("'index_type' must be btree or hash");
    if (operation.method == "hash" && (operation.unique || operation.columns.size() > 1)) {
      return refused("a hash index has one column and is not unique");
    }
  }
  return Operation(std::move(operation));
}

json default_json(const ColumnSpec& column) {
  if (!column.default_value) return nullptr;
  if (column.default_value->now) return {{"function", "now"}};
  std::string text;
  append_stored(text, column.default_value->constant, column.type);
  return json::parse(text);
}

json column_json(const ColumnSpec& column, const char* name_key) {
  json node{{name_key, column.name},    {"sql_type", type_text(column.type)}, {"nullable", column.nullable},
            {"unique", column.unique},  {"default", default_json(column)},    {"references", nullptr},
            {"check_in", json::array()}};
  if (column.reference) node["references"] = {{"table", column.reference->table}, {"column", column.reference->column}};
  for (const auto& value : column.check_in) {
    std::visit([&](const auto& item) { node["check_in"].push_back(item); }, value);
  }
  return node;
}

}  // namespace

Result<Operation> parse_operation(const json& node) {
  if (!node.is_object()) return refused("an operation must be an object");
  INGOT_TRY(const std::string type, text_of(node, "type"));
  if (type == "create_table") return parse_create_table(node);
  if (type == "create_index" || type == "add_index") return parse_create_index(node);
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
  return refused("the operation " + shown(type) + " is unknown");
}

json canonical_json(const Operation& operation) {
  struct Visitor {
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
    json operator()(const CreateIndex& op) const {
      return {{"type", "create_index"}, {"table", op.table}, {"columns", op.columns}, {"unique", op.unique}, {"index_type", op.method}};
    }
    json operator()(const RenameColumn& op) const {
      return {{"type", "rename_column"}, {"table", op.table}, {"column", op.column}, {"new_name", op.new_name}};
    }
    json operator()(const DropColumn& op) const { return {{"type", "drop_column"}, {"table", op.table}, {"column", op.column}}; }
    json operator()(const DropTable& op) const { return {{"type", "drop_table"}, {"table", op.table}}; }
  };
  return std::visit(Visitor{}, operation);
}

}  // namespace ingot::db
