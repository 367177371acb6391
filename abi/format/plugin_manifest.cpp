// SPDX-License-Identifier: Apache-2.0
//
// TOML becomes JSON first, so that one reader judges both.

#include "format/plugin_manifest.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// Without assertions toml++ has the compiler assume what a stranger's text makes untrue ("[*"), although what follows there makes an error of it. With an assertion that does nothing
// nobody assumes anything.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "base/base64url.hpp"

namespace ingot::format {
namespace {

using nlohmann::json;

/// Deeper than any manifest, and far less than a stack.
constexpr int nesting_max = 16;

Error wrong(const std::string& where, const std::string& what) { return Error{ErrorCode::config, "plugin manifest: " + where + " " + what}; }

Result<json> to_json(const toml::node& node, const std::string& where, int depth) {
  if (depth > nesting_max) return wrong(where, "is nested too deeply");
  if (const auto* table = node.as_table()) {
    json object = json::object();
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      INGOT_TRY(object[name], to_json(value, where.empty() ? name : where + "." + name, depth + 1));
    }
    return object;
  }
  if (const auto* array = node.as_array()) {
    json list = json::array();
    for (const toml::node& value : *array) {
      INGOT_TRY(json item, to_json(value, where + "[" + std::to_string(list.size()) + "]", depth + 1));
      list.push_back(std::move(item));
    }
    return list;
  }
  if (const auto* text = node.as_string()) return json(text->get());
  if (const auto* number = node.as_integer()) return json(number->get());
  if (const auto* number = node.as_floating_point()) return json(number->get());
  if (const auto* truth = node.as_boolean()) return json(truth->get());
  return wrong(where, "is a date or a time, which no field of a manifest is");
}

/// One object, of which each field is read once and none may be left.
class Fields {
 public:
  static Result<Fields> of(const json& value, std::string where, std::initializer_list<const char*> known) {
    if (!value.is_object()) return wrong(where.empty() ? "it" : where, "is not an object");
    for (const auto& [name, ignored] : value.items()) {
      if (std::ranges::find(known, name) == known.end()) return wrong(where.empty() ? name : where + "." + name, "is unknown");
    }
    return Fields(value, std::move(where));
  }
  std::string place(const char* name) const { return where_.empty() ? name : where_ + "." + name; }
  /// Null when it is absent, or null.
  const json* find(const char* name) const {
    const auto found = object_->find(name);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }
  Result<std::optional<std::string>> text(const char* name) const {
    const json* value = find(name);
    if (value == nullptr) return std::optional<std::string>();
    if (!value->is_string()) return wrong(place(name), "is not a text");
    return std::optional(value->get<std::string>());
  }
  Result<std::optional<std::uint64_t>> number(const char* name, std::uint64_t most) const {
    const json* value = find(name);
    if (value == nullptr) return std::optional<std::uint64_t>();
    // What TOML says is signed.
    const bool negative = value->is_number_integer() && !value->is_number_unsigned() && value->get<std::int64_t>() < 0;
    if (!value->is_number_integer() || negative || value->get<std::uint64_t>() > most) return wrong(place(name), "is not a number from 0 to " + std::to_string(most));
    return std::optional(value->get<std::uint64_t>());
  }
  Result<std::vector<std::pair<std::string, std::string>>> texts(const char* name) const {
    std::vector<std::pair<std::string, std::string>> list;
    const json* value = find(name);
    if (value == nullptr) return list;
    if (!value->is_object()) return wrong(place(name), "is not an object");
    for (const auto& [key, item] : value->items()) {
      if (!item.is_string()) return wrong(place(name) + "." + key, "is not a text");
      list.emplace_back(key, item.get<std::string>());
    }
    return list;
  }

 private:
  Fields(const json& object, std::string where) : object_(&object), where_(std::move(where)) {}
  const json* object_;
  std::string where_;
};

std::optional<std::string> from_base64(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return from_base64url(text);
}

std::string to_base64(std::string_view bytes) {
  std::string text = to_base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<PluginModuleSource> read_module(const json& value, const std::string& where) {
  INGOT_TRY(const Fields fields, Fields::of(value, where, {"path", "url", "headers", "method", "data", "name", "hash"}));
  PluginModuleSource module;
  INGOT_TRY(module.path, fields.text("path"));
  INGOT_TRY(module.url, fields.text("url"));
  const json* data = fields.find("data");
  if (int{module.path.has_value()} + int{module.url.has_value()} + int{data != nullptr} != 1) return wrong(where, "needs one of path, url and data, and no more than one");
  if (data != nullptr) {
    module.data = data->is_string() ? from_base64(data->get<std::string>()) : std::nullopt;
    if (!module.data) return wrong(fields.place("data"), "is not a text in base64");
  }
  INGOT_TRY(auto headers, fields.texts("headers"));
  INGOT_TRY(auto method, fields.text("method"));
  if (!module.url && (!headers.empty() || method)) return wrong(where, "has headers or a method, which belong to a url");
  module.url_headers.insert(headers.begin(), headers.end());
  module.url_method = method.value_or("");
  INGOT_TRY(auto name, fields.text("name"));
  INGOT_TRY(auto hash, fields.text("hash"));
  module.name = name.value_or("");
  module.hash = hash.value_or("");
  std::ranges::transform(module.hash, module.hash.begin(), [](char digit) { return digit >= 'A' && digit <= 'F' ? static_cast<char>(digit + ('a' - 'A')) : digit; });
  if (hash && (hash->size() != 64 || module.hash.find_first_not_of("0123456789abcdef") != std::string::npos)) return wrong(fields.place("hash"), "is not a SHA-256: 64 hexadecimal digits");
  return module;
}

Result<PluginManifest> read(const json& root) {
  INGOT_TRY(const Fields fields, Fields::of(root, "", {"wasm", "memory", "config", "allowed_hosts", "allowed_paths", "timeout_ms"}));
  PluginManifest manifest;
  if (const json* modules = fields.find("wasm")) {
    if (!modules->is_array()) return wrong("wasm", "is not an array");
    for (const json& value : *modules) {
      INGOT_TRY(PluginModuleSource module, read_module(value, "wasm[" + std::to_string(manifest.modules.size()) + "]"));
      const auto same = [&](const PluginModuleSource& other) { return !module.name.empty() && other.name == module.name; };
      if (std::ranges::any_of(manifest.modules, same)) return wrong("wasm[" + std::to_string(manifest.modules.size()) + "].name", "'" + module.name + "' stands there twice");
      manifest.modules.push_back(std::move(module));
    }
  }
  if (const json* memory = fields.find("memory")) {
    INGOT_TRY(const Fields limits, Fields::of(*memory, "memory", {"max_pages", "max_http_response_bytes", "max_var_bytes"}));
    constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
    INGOT_TRY(const auto pages, limits.number("max_pages", std::numeric_limits<std::uint32_t>::max()));
    if (pages) manifest.memory_pages_max = static_cast<std::uint32_t>(*pages);
    INGOT_TRY(manifest.http_response_bytes_max, limits.number("max_http_response_bytes", any));
    INGOT_TRY(manifest.variable_bytes_max, limits.number("max_var_bytes", any));
  }
  INGOT_TRY(const auto config, fields.texts("config"));
  manifest.config.insert(config.begin(), config.end());
  if (const json* hosts = fields.find("allowed_hosts")) {
    if (!hosts->is_array()) return wrong("allowed_hosts", "is not an array");
    for (const json& host : *hosts) {
      if (!host.is_string()) return wrong("allowed_hosts[" + std::to_string(manifest.allowed_hosts.size()) + "]", "is not a text");
      manifest.allowed_hosts.push_back(host.get<std::string>());
    }
  }
  INGOT_TRY(manifest.allowed_paths, fields.texts("allowed_paths"));
  INGOT_TRY(manifest.timeout_ms, fields.number("timeout_ms", std::numeric_limits<std::uint64_t>::max()));
  return manifest;
}

}  // namespace

std::optional<ManifestSyntax> plugin_manifest_syntax(std::string_view file_name) {
  if (file_name.ends_with(".json")) return ManifestSyntax::json;
  if (file_name.ends_with(".toml")) return ManifestSyntax::toml;
  return std::nullopt;
}

Result<PluginManifest> parse_plugin_manifest(std::string_view text, ManifestSyntax syntax) {
  if (syntax == ManifestSyntax::json) {
    const json root = json::parse(text, nullptr, false);
    if (root.is_discarded()) return Error{ErrorCode::config, "plugin manifest: it is not JSON"};
    return read(root);
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& error = parsed.error();
    return Error{ErrorCode::config, "plugin manifest: it is not TOML: line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description())};
  }
  INGOT_TRY(const json root, to_json(parsed.table(), "", 0));
  return read(root);
}

std::string write_plugin_manifest(const PluginManifest& manifest) {
  json root = json::object();
  root["wasm"] = json::array();
  for (const PluginModuleSource& module : manifest.modules) {
    json item = json::object();
    if (module.path) item["path"] = *module.path;
    if (module.url) item["url"] = *module.url;
    if (!module.url_headers.empty()) item["headers"] = module.url_headers;
    if (!module.url_method.empty()) item["method"] = module.url_method;
    if (module.data) item["data"] = to_base64(*module.data);
    if (!module.name.empty()) item["name"] = module.name;
    if (!module.hash.empty()) item["hash"] = module.hash;
    root["wasm"].push_back(std::move(item));
  }
  if (manifest.memory_pages_max) root["memory"]["max_pages"] = *manifest.memory_pages_max;
  if (manifest.http_response_bytes_max) root["memory"]["max_http_response_bytes"] = *manifest.http_response_bytes_max;
  if (manifest.variable_bytes_max) root["memory"]["max_var_bytes"] = *manifest.variable_bytes_max;
  if (!manifest.config.empty()) root["config"] = manifest.config;
  if (!manifest.allowed_hosts.empty()) root["allowed_hosts"] = manifest.allowed_hosts;
  for (const auto& [host, guest] : manifest.allowed_paths) root["allowed_paths"][host] = guest;
  if (manifest.timeout_ms) root["timeout_ms"] = *manifest.timeout_ms;
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace ingot::format
