// SPDX-License-Identifier: Apache-2.0
#include "modules/description.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "format/module_name.hpp"

namespace ingot::modules {
namespace {

using Json = nlohmann::json;

Error wrong(const std::string& key, const std::string& what) {
  return Error{ErrorCode::config, "module.json: \"" + key + "\" " + what};
}

Result<std::string> text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::string{};
  if (!found->is_string()) return wrong(key, "must be a string");
  return found->get<std::string>();
}

Result<bool> flag(const Json& object, const char* key, bool fallback) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return fallback;
  if (!found->is_boolean()) return wrong(key, "must be true or false");
  return found->get<bool>();
}

/// module:resource:action, of that module, without *: what can be asked of a caller.
bool is_permission_of(const std::string& module, std::string_view id) {
  if (!id.starts_with(module + ":")) return false;
  id.remove_prefix(module.size() + 1);
  const std::size_t colon = id.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == id.size() || id.find(':', colon + 1) != std::string_view::npos) return false;
  constexpr std::size_t bytes_max = 120;
  return id.size() <= bytes_max && std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':'; });
}

}  // namespace

Result<Description> parse_description(std::string_view json_text) {
  const Json file = Json::parse(json_text, nullptr, false);
  if (file.is_discarded() || !file.is_object()) return Error{ErrorCode::config, "module.json: not a JSON object"};
  Description description;
  INGOT_TRY(description.name, text(file, "name"));
  INGOT_TRY(description.display_name, text(file, "display_name"));
  INGOT_TRY(description.version, text(file, "version"));
  INGOT_TRY(description.author, text(file, "author"));
  INGOT_TRY(description.description, text(file, "description"));
  INGOT_TRY(description.active, flag(file, "active", true));
  INGOT_TRY(description.auto_install, flag(file, "auto_install", true));
  if (!valid_module_name(description.name)) {
    return wrong("name", "'" + description.name + "' is not a module name ([a-z][a-z0-9_]*, at most 63 bytes, not reserved)");
  }
  if (const auto depends = file.find("depends"); depends != file.end() && !depends->is_null()) {
    if (!depends->is_array()) return wrong("depends", "must be a list of module names");
    for (const Json& item : *depends) {
      if (!item.is_string()) return wrong("depends", "must be a list of module names");
      // "crm", or "crm ^1.2".
      auto name = item.get<std::string>();
      if (const std::size_t space = name.find(' '); space != std::string::npos) {
        auto range = VersionRange::parse(std::string_view(name).substr(space + 1));
        if (!range) return wrong("depends", "'" + name + "': behind the name stands what its version must be, such as ^1.2 or >=1.2 <2");
        name.resize(space);
        if (!description.versions.emplace(name, std::move(*range)).second) return wrong("depends", "asks for two versions of '" + name + "'");
      }
      if (std::ranges::find(description.depends, name) == description.depends.end()) {
        description.depends.push_back(std::move(name));
      }
    }
  }
  if (const auto permissions = file.find("permissions"); permissions != file.end() && !permissions->is_null()) {
    const std::string shape = "must be a list of {\"id\": \"" + description.name + ":resource:action\", \"description\": ...}";
    if (!permissions->is_array()) return wrong("permissions", shape);
    for (const Json& item : *permissions) {
      if (!item.is_object() || !item.contains("id") || !item["id"].is_string()) return wrong("permissions", shape);
      auto id = item["id"].get<std::string>();
      if (!is_permission_of(description.name, id)) return wrong("permissions", shape + ", and '" + id + "' is none");
      description.permissions.push_back(std::move(id));
    }
  }
  return description;
}

bool valid_module_name(std::string_view name) { return format::valid_module_name(name); }

}  // namespace ingot::modules
