// SPDX-License-Identifier: Apache-2.0
#include "host/extism/source.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace ingot::host::extism {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream || content.bad()) return Error{ErrorCode::io, "cannot read " + path};
  return std::move(content).str();
}

Error not_cast(const ManifestOrigin& origin, const std::string& what) { return Error{ErrorCode::config, what + ", and only bundles run here: " + origin.advice}; }

Result<bundle::VerifiedBundle> open_module(const format::PluginModuleSource& source, const std::string& label, const ManifestOrigin& manifest, const OpenBundle& open) {
  if (source.url) return not_cast(manifest, label + " is at a URL (" + *source.url + ")");
  std::string bytes, origin = label;
  if (source.data) {
    bytes = *source.data;
  } else {
    origin = (std::filesystem::path(manifest.folder) / *source.path).string();
    INGOT_TRY(bytes, read_file(origin));
  }
  if (bytes.starts_with(std::string_view("\0asm", 4))) return not_cast(manifest, origin + " is a WebAssembly module");
  INGOT_TRY(bundle::VerifiedBundle verified, open(format::Bytes(bytes.begin(), bytes.end()), origin));
  if (!source.hash.empty() && source.hash != verified.manifest().module_digest) {
    return Error{ErrorCode::verification, "Hash mismatch: " + origin + " was cast from a module of SHA-256 " + verified.manifest().module_digest + ", and the manifest names " + source.hash};
  }
  if (verified.manifest().contract == "eerp") return Error{ErrorCode::contract, origin + " is a business module and no part of a plugin"};
  return verified;
}

}  // namespace

Result<format::PluginManifest> read_manifest(const std::string& path) {
  INGOT_TRY(const std::string text, read_file(path));
  auto manifest = format::parse_plugin_manifest(text, format::plugin_manifest_syntax(path).value_or(format::ManifestSyntax::json));
  if (!manifest.ok()) return std::move(manifest).error().with_context(path);
  return manifest;
}

Result<std::vector<PluginModule>> load_modules(const format::PluginManifest& manifest, const ManifestOrigin& origin, const OpenBundle& open) {
  std::vector<PluginModule> modules;
  for (const format::PluginModuleSource& source : manifest.modules) {
    const std::string label = origin.label + ": wasm[" + std::to_string(modules.size()) + "]";
    INGOT_TRY(bundle::VerifiedBundle verified, open_module(source, label, origin, open));
    INGOT_TRY(auto module, load::load(std::move(verified)));
    modules.push_back({source.name, std::move(module), plugin_start()});
  }
  return modules;
}

PluginOptions granted_by(const format::PluginManifest& manifest, bool wasi) {
  PluginOptions result;
  result.settings.config.insert(manifest.config.begin(), manifest.config.end());
  result.settings.allowed_hosts = manifest.allowed_hosts;
  result.settings.variable_bytes_max = manifest.variable_bytes_max.value_or(result.settings.variable_bytes_max);
  result.settings.http_response_bytes_max = manifest.http_response_bytes_max.value_or(result.settings.http_response_bytes_max);
  result.timeout_ms = manifest.timeout_ms;
  result.memory_pages_max = manifest.memory_pages_max;
  if (!wasi) return result;
  result.wasi.emplace();
  for (const auto& [host, guest] : manifest.allowed_paths) {
    const bool read_only = host.starts_with("ro:");
    result.wasi->directories.push_back({.host = read_only ? host.substr(3) : host, .guest = guest, .read_only = read_only});
  }
  return result;
}

}  // namespace ingot::host::extism
