// SPDX-License-Identifier: Apache-2.0
#include "openapi/schema.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ingot::openapi {
namespace {

/// Keywords whose value is no schema: looked at by clients, not here.
constexpr std::array<std::string_view, 22> plain_keywords = {"type",       "enum",      "const",         "format",        "pattern",  "minLength", "maxLength", "minimum",
                                                             "maximum",    "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",  "uniqueItems", "required",
                                                             "minProperties", "maxProperties", "title", "description", "examples", "default"};
constexpr std::array<std::string_view, 7> types = {"null", "boolean", "integer", "number", "string", "array", "object"};

Error wrong(const std::string& where, const std::string& what) { return Error{ErrorCode::contract, where + ": " + what}; }

bool has_type(const Json& type, std::string_view name) {
  if (type.is_string()) return type.get_ref<const std::string&>() == name;
  return std::any_of(type.begin(), type.end(), [name](const Json& item) { return item.get_ref<const std::string&>() == name; });
}

bool is_type(const Json& name) { return name.is_string() && std::ranges::find(types, name.get_ref<const std::string&>()) != types.end(); }

bool is_shallow_to(const Json& json, std::size_t depth) {
  if (!json.is_structured()) return true;
  if (depth == 0) return false;
  return std::all_of(json.begin(), json.end(), [depth](const Json& item) { return is_shallow_to(item, depth - 1); });
}

Result<void> check_each(const Json& schemas, const std::string& where) {
  if (!schemas.is_structured() || schemas.empty()) return wrong(where, "must hold schemas");
  for (const auto& [name, schema] : schemas.items()) INGOT_TRY_VOID(check_schema(schema, where + "." + name));
  return {};
}

Result<void> check_type(const Json& schema, const std::string& where) {
  const Json& type = schema["type"];
  const bool good = is_type(type) || (type.is_array() && !type.empty() && std::all_of(type.begin(), type.end(), is_type));
  if (!good) return wrong(where, "\"type\" is none of JSON Schema's");
  if (has_type(type, "object")) {
    const auto rest = schema.find("additionalProperties");
    if (rest == schema.end()) return wrong(where, "an object must say \"additionalProperties\": false, or what they are");
    if (*rest != Json(false)) INGOT_TRY_VOID(check_schema(*rest, where + ".additionalProperties"));
  }
  if (has_type(type, "array") && !schema.contains("items")) return wrong(where, "an array must say what its \"items\" are");
  return {};
}

}  // namespace

bool is_shallow(const Json& json) { return is_shallow_to(json, depth_max); }

Result<void> check_schema(const Json& schema, const std::string& where) {
  if (!schema.is_object()) return wrong(where, "a schema is an object");
  if (const auto reference = schema.find("$ref"); reference != schema.end()) {
    if (schema.size() != 1 || !reference->is_string() || !reference->get_ref<const std::string&>().starts_with("#/components/schemas/")) {
      return wrong(where, "a reference is {\"$ref\": \"#/components/schemas/NAME\"} and nothing beside it");
    }
    return {};
  }
  for (const auto& [keyword, value] : schema.items()) {
    const std::string place = where + "." + keyword;
    if (keyword == "properties" && value.empty() && value.is_object()) continue;
    if (keyword == "properties" || keyword == "anyOf" || keyword == "oneOf") {
      if (value.is_array() == (keyword == "properties")) return wrong(place, "must hold schemas");
      INGOT_TRY_VOID(check_each(value, place));
    } else if (keyword == "items" || keyword == "propertyNames") {
      INGOT_TRY_VOID(check_schema(value, place));
    } else if (keyword != "additionalProperties" && std::ranges::find(plain_keywords, keyword) == plain_keywords.end()) {
      return wrong(place, "is not among the keywords that a description may use");
    }
  }
  const bool listed = schema.contains("enum") || schema.contains("const") || schema.contains("anyOf") || schema.contains("oneOf");
  if (schema.contains("type")) return check_type(schema, where);
  return listed ? Result<void>() : wrong(where, "says nothing of the value: give it a type");
}

}  // namespace ingot::openapi
