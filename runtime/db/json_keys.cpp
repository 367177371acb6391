// SPDX-License-Identifier: Apache-2.0
#include "db/json_keys.hpp"

#include "db/constant.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

Result<std::string> name_from(const json& value, const char* key) {
  if (!value.is_string()) return refused_migration("'" + std::string(key) + "' must be a string");
  std::string name = value.get<std::string>();
  if (!valid_identifier(name)) {
    return refused_migration("'" + std::string(key) + "': " + shown(name) +
                             " cannot be a name ([a-z_][a-z0-9_]*, at most 63 bytes, no SQL keyword, not beginning with ingot_, sqlite_ "
                             "or pg_)");
  }
  return name;
}

Result<Scalar> scalar_of(const json& value, const char* key) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    if (text.find('\0') != std::string::npos) return refused_migration("'" + std::string(key) + "' holds a NUL character");
    return Scalar(std::move(text));
  }
  const bool too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (!value.is_number_integer() || too_large) return refused_migration("'" + std::string(key) + "' takes texts and whole numbers");
  return Scalar(value.get<std::int64_t>());
}

}  // namespace

Result<std::string> text_of(const json& node, const char* key) {
  const auto found = node.find(key);
  if (found == node.end() || !found->is_string()) return refused_migration("'" + std::string(key) + "' must be a string");
  return found->get<std::string>();
}

Result<std::string> name_of(const json& node, const char* key) { return name_from(node.value(key, json()), key); }

Result<std::vector<std::string>> names_of(const json& node, const char* list_key, const char* single_key) {
  constexpr std::size_t names_max = 32;  // PostgreSQL's bound on the columns of an index
  std::vector<std::string> names;
  const auto list = node.find(list_key);
  if (list == node.end() || (list_key == std::string_view(single_key) && list->is_string())) {
    INGOT_TRY(names.emplace_back(), name_of(node, single_key));
    return names;
  }
  if (!list->is_array() || list->empty() || list->size() > names_max) {
    return refused_migration("'" + std::string(list_key) + "' must be a list of 1 to 32 names");
  }
  for (const json& item : *list) {
    INGOT_TRY(names.emplace_back(), name_from(item, list_key));
  }
  return names;
}

Result<bool> flag_of(const json& node, const char* key, bool absent) {
  const auto found = node.find(key);
  if (found == node.end()) return absent;
  if (!found->is_boolean()) return refused_migration("'" + std::string(key) + "' must be true or false");
  return found->get<bool>();
}

Result<std::vector<Scalar>> scalars_of(const json& node, const char* key) {
  constexpr std::size_t values_max = 1000;
  std::vector<Scalar> values;
  const auto found = node.find(key);
  if (found == node.end() || found->is_null()) return values;
  if (!found->is_array() || found->empty() || found->size() > values_max) {
    return refused_migration("'" + std::string(key) + "' must be a list of 1 to 1000 values");
  }
  for (const json& value : *found) {
    INGOT_TRY(values.emplace_back(), scalar_of(value, key));
  }
  return values;
}

Result<Reference> reference_of(const json& value) {
  if (!value.is_object()) return refused_migration("'references' must be an object");
  Reference target;
  INGOT_TRY(target.table, name_of(value, "table"));
  if (value.contains("column")) {
    INGOT_TRY(target.column, name_of(value, "column"));
  }
  return target;
}

}  // namespace ingot::db
