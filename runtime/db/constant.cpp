// SPDX-License-Identifier: Apache-2.0
#include "db/constant.hpp"

#include <algorithm>

#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

bool is_json_type(TypeName name) { return name == TypeName::json || name == TypeName::jsonb; }

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

}  // namespace

bool is_text(TypeName name) { return name == TypeName::text || name == TypeName::varchar || name == TypeName::character; }

bool is_whole(TypeName name) { return name == TypeName::smallint || name == TypeName::integer || name == TypeName::bigint; }

bool is_time(TypeName name) {
  return name == TypeName::date || name == TypeName::time || name == TypeName::timestamp || name == TypeName::timestamptz;
}

std::string shown(const std::string& text) {
  constexpr std::size_t bytes_max = 80;
  std::string out = json(text.substr(0, bytes_max)).dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > bytes_max ? out + "..." : out;
}

Result<StoredValue> constant_of(const json& value, const ColumnType& type, const std::string& what) {
  if (!is_json_type(type.name) && !kind_fits(value, type.name)) {
    return refused_migration(what + " of that kind does not fit " + type_text(type));
  }
  Param param;
  param.kind = Param::Kind::text;
  param.text = is_json_type(type.name) || !value.is_string() ? value.dump() : value.get<std::string>();
  if (param.text.find('\0') != std::string::npos) return refused_migration(what + " holds a NUL character");
  if (is_text(type.name) && type.length && code_points(param.text) > static_cast<std::size_t>(*type.length)) {
    return refused_migration(what + " is longer than " + type_text(type));
  }
  auto stored = stored_value(param, type);
  if (auto* error = std::get_if<StatementError>(&stored)) return refused_migration(what + ": " + error->message);
  return std::move(std::get<StoredValue>(stored));
}

Result<StoredValue> constant_of_text(std::string_view json_text, const ColumnType& type, const std::string& what) {
  return constant_of(json::parse(json_text), type, what);
}

Result<std::optional<DefaultValue>> default_of(const json& value, const ColumnType& type) {
  if (value.is_null()) return std::optional<DefaultValue>();
  if (value.is_object() && !is_json_type(type.name)) {
    if (value.value("function", json()) != json("now")) {
      return refused_migration("a default is a JSON value or {\"function\":\"now\"}");
    }
    if (!is_time(type.name)) return refused_migration("a default of now does not fit " + type_text(type));
    return std::optional(DefaultValue{.now = true, .constant = {}});
  }
  INGOT_TRY(StoredValue constant, constant_of(value, type, "a default"));
  return std::optional(DefaultValue{.now = false, .constant = std::move(constant)});
}

Param param_of(const StoredValue& value, const ColumnType& type) {
  Param param;
  switch (value.kind) {
    case StoredValue::Kind::integer:
      param.kind = type.name == TypeName::boolean ? Param::Kind::boolean : Param::Kind::integer;
      param.boolean = value.integer != 0;
      param.integer = value.integer;
      break;
    case StoredValue::Kind::real:
      param.kind = Param::Kind::real;
      param.real = value.real;
      break;
    case StoredValue::Kind::text:
      param.kind = Param::Kind::text;
      param.text = value.text;
      break;
    case StoredValue::Kind::null:
    case StoredValue::Kind::blob:
      break;
  }
  return param;
}

}  // namespace ingot::db
