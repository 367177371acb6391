// SPDX-License-Identifier: Apache-2.0
#include "plugins/plugin_config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "config_key.hpp"
#include "dispatch/field_rules.hpp"
#include "dispatch/permission.hpp"
#include "dispatch/route_pattern.hpp"
#include "modules/description.hpp"
#include "plugins/host_functions.hpp"

namespace ingot::plugins {
namespace {

using Json = nlohmann::json;

constexpr std::size_t plugins_max = 256, routes_max = 64;

/// An object's members under the name that messages have for it.
class Members final {
 public:
  static Result<Members> of(const Json& object, std::string where, const std::set<std::string>& known) {
    if (!object.is_object()) return wrong_key(where, "must be an object");
    for (const auto& item : object.items()) {
      if (!known.contains(item.key())) return wrong_key(where + "." + item.key(), "unknown key");
    }
    return Members(object, std::move(where));
  }
  std::string key(const char* name) const { return where_ + "." + name; }
  const Json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  Result<std::string> text(const char* name, const std::string& fallback = "") const {
    const Json* const found = find(name);
    if (found == nullptr) return fallback;
    if (!found->is_string()) return wrong_key(key(name), "must be a string");
    return found->get<std::string>();
  }
  Result<bool> flag(const char* name) const {
    const Json* const found = find(name);
    if (found == nullptr) return false;
    if (!found->is_boolean()) return wrong_key(key(name), "must be true or false");
    return found->get<bool>();
  }
  Result<std::optional<std::uint64_t>> number(const char* name, std::uint64_t low, std::uint64_t high) const {
    const Json* const found = find(name);
    if (found == nullptr) return std::optional<std::uint64_t>();
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() < low || found->get<std::uint64_t>() > high) {
      return wrong_key(key(name), "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return std::optional(found->get<std::uint64_t>());
  }
  Result<std::vector<std::string>> texts(const char* name) const {
    std::vector<std::string> values;
    const Json* const found = find(name);
    if (found == nullptr) return values;
    const bool good = found->is_array() && std::ranges::all_of(*found, [](const Json& item) { return item.is_string(); });
    if (!good) return wrong_key(key(name), "must be a list of strings");
    for (const Json& item : *found) values.push_back(item.get<std::string>());
    return values;
  }

 private:
  Members(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}
  const Json& object_;
  std::string where_;
};

Result<PluginRoute> read_route(const Json& written, const std::string& where) {
  INGOT_TRY(const Members members, Members::of(written, where, {"method", "path", "function", "permission", "public", "content_type"}));
  PluginRoute route;
  INGOT_TRY(route.method, members.text("method", "POST"));
  INGOT_TRY(route.path, members.text("path"));
  if (const auto good = dispatch::check_route(route.method, route.path); !good.ok()) return wrong_key(where, good.error().message);
  if (route.path.find('{') != std::string::npos) return wrong_key(members.key("path"), "has a parameter, and a plugin is told of none: what it gets is the body");
  INGOT_TRY(route.function, members.text("function"));
  if (route.function.empty()) return wrong_key(members.key("function"), "is missing: name what the plugin exports");
  INGOT_TRY(route.permission, members.text("permission"));
  INGOT_TRY(const bool is_public, members.flag("public"));
  if (is_public == !route.permission.empty()) return wrong_key(where, R"(needs "permission": "module:resource:action" (who may call), or "public": true (everybody may), and not both)");
  if (!is_public && (!dispatch::valid_permission(route.permission) || route.permission.find('*') != std::string::npos)) return wrong_key(members.key("permission"), "'" + route.permission + "' is not module:resource:action");
  INGOT_TRY(route.content_type, members.text("content_type", "application/octet-stream"));
  if (route.content_type.find('/') == std::string::npos || !dispatch::is_field_value(route.content_type)) return wrong_key(members.key("content_type"), "is not a media type");
  return route;
}

Result<std::vector<PluginRoute>> read_routes(const Members& members) {
  std::vector<PluginRoute> routes;
  const Json* const list = members.find("routes");
  if (list == nullptr || !list->is_array() || list->empty() || list->size() > routes_max) return wrong_key(members.key("routes"), "must be a list of 1 to " + std::to_string(routes_max) + " objects");
  for (const Json& written : *list) {
    const std::string where = members.key("routes") + "[" + std::to_string(routes.size()) + "]";
    INGOT_TRY(PluginRoute route, read_route(written, where));
    const auto same = [&](const PluginRoute& other) { return other.method == route.method && other.path == route.path; };
    if (std::ranges::any_of(routes, same)) return wrong_key(where, route.method + " " + route.path + " stands twice");
    routes.push_back(std::move(route));
  }
  return routes;
}

Result<std::map<std::string, std::string>> read_settings(const Members& members) {
  std::map<std::string, std::string> settings;
  const Json* const found = members.find("config");
  if (found == nullptr) return settings;
  if (!found->is_object()) return wrong_key(members.key("config"), "must be an object of strings");
  for (const auto& item : found->items()) {
    if (!item.value().is_string()) return wrong_key(members.key("config") + "." + item.key(), "must be a string");
    settings.emplace(item.key(), item.value().get<std::string>());
  }
  return settings;
}

/// "HOST:GUEST", with "ro:" before it for reading only.
Result<std::vector<host::wasi::DirectoryGrant>> read_paths(const Members& members, const std::filesystem::path& folder) {
  std::vector<host::wasi::DirectoryGrant> grants;
  INGOT_TRY(const auto written, members.texts("paths"));
  for (std::string text : written) {
    host::wasi::DirectoryGrant grant;
    grant.read_only = text.starts_with("ro:");
    if (grant.read_only) text.erase(0, 3);
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return wrong_key(members.key("paths"), "'" + text + "' is not HOST:GUEST, with or without ro: before it");
    grant.host = (folder / text.substr(0, colon)).lexically_normal();
    grant.guest = text.substr(colon + 1);
    grants.push_back(std::move(grant));
  }
  return grants;
}

Result<host::extism::LogLevel> read_log_level(const Members& members) {
  using host::extism::LogLevel;
  INGOT_TRY(const std::string word, members.text("log_level", "info"));
  for (const LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    if (word == host::extism::log_level_name(level)) return level;
  }
  return wrong_key(members.key("log_level"), "must be trace, debug, info, warn, error or off");
}

Result<PluginConfig> read_plugin(const Json& written, const std::string& where, const std::filesystem::path& folder) {
  INGOT_TRY(const Members members, Members::of(written, where, {"name", "manifest", "routes", "pool", "host_functions", "allowed_hosts", "config", "timeout_ms", "memory_pages_max", "wasi", "paths",
                                                                "keep_state", "rest_after_s", "audit", "log_level"}));
  PluginConfig plugin;
  INGOT_TRY(plugin.name, members.text("name"));
  if (!modules::valid_module_name(plugin.name)) return wrong_key(members.key("name"), "'" + plugin.name + "' is no name for a plugin ([a-z][a-z0-9_]*, at most 63 bytes, not reserved)");
  INGOT_TRY(const std::string source, members.text("manifest"));
  if (source.empty()) return wrong_key(members.key("manifest"), "is missing: name the plugin's manifest (.json, .toml) as `ingotc build` has written it, or its bundle (.ingot)");
  plugin.source = (folder / source).lexically_normal();
  INGOT_TRY(plugin.routes, read_routes(members));
  INGOT_TRY(const auto pool, members.number("pool", 1, 1024));
  plugin.pool = static_cast<unsigned>(pool.value_or(plugin.pool));
  INGOT_TRY(plugin.host_functions, members.texts("host_functions"));
  for (const std::string& name : plugin.host_functions) {
    if (!is_host_function(name)) return wrong_key(members.key("host_functions"), "there is no host function '" + name + "'; there are " + host_function_names());
  }
  INGOT_TRY(plugin.allowed_hosts, members.texts("allowed_hosts"));
  INGOT_TRY(plugin.config, read_settings(members));
  INGOT_TRY(plugin.timeout_ms, members.number("timeout_ms", 1, 3'600'000));
  INGOT_TRY(const auto pages, members.number("memory_pages_max", 1, 65'536));
  if (pages) plugin.memory_pages_max = static_cast<std::uint32_t>(*pages);
  INGOT_TRY(plugin.wasi, members.flag("wasi"));
  INGOT_TRY(plugin.paths, read_paths(members, folder));
  if (!plugin.paths.empty() && !plugin.wasi) return wrong_key(members.key("paths"), R"(grants directories to WASI's functions: say "wasi": true, too)");
  INGOT_TRY(plugin.keeps_state, members.flag("keep_state"));
  INGOT_TRY(const auto rest_after, members.number("rest_after_s", 0, 86'400));
  plugin.rest_after_s = static_cast<unsigned>(rest_after.value_or(plugin.rest_after_s));
  INGOT_TRY(plugin.audit, members.flag("audit"));
  INGOT_TRY(plugin.log_level, read_log_level(members));
  return plugin;
}

}  // namespace

Result<std::vector<PluginConfig>> read_plugin_configs(const Json& list, const std::filesystem::path& folder) {
  std::vector<PluginConfig> plugins;
  if (!list.is_array() || list.size() > plugins_max) return wrong_key("ingot.plugins", "must be a list of at most " + std::to_string(plugins_max) + " objects");
  for (const Json& written : list) {
    const std::string where = "ingot.plugins[" + std::to_string(plugins.size()) + "]";
    INGOT_TRY(PluginConfig plugin, read_plugin(written, where, folder));
    if (std::ranges::find(plugins, plugin.name, &PluginConfig::name) != plugins.end()) return wrong_key(where + ".name", "'" + plugin.name + "' stands twice");
    plugins.push_back(std::move(plugin));
  }
  return plugins;
}

}  // namespace ingot::plugins
