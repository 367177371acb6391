// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_source.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/open_bundle.hpp"

namespace ingot::cli {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return Error{ErrorCode::io, "cannot read " + path};
  return content.str();
}

/// What to do about a manifest that was not cast.
Error not_cast(const CallOptions& options, const std::string& what) {
  return Error{ErrorCode::config, what + ", and only bundles run here: cast the plugin with `ingotc build " + options.bundle + " -o FOLDER`, and call the manifest in that folder"};
}

Result<bundle::VerifiedBundle> open_module(const format::PluginModuleSource& source, const std::string& label, const CallOptions& options) {
  if (source.url) return not_cast(options, label + " is at a URL (" + *source.url + ")");
  std::string bytes, origin = label;
  if (source.data) {
    bytes = *source.data;
  } else {
    origin = (std::filesystem::path(options.bundle).parent_path() / *source.path).string();
    INGOT_TRY(bytes, read_file(origin));
  }
  if (bytes.starts_with(std::string_view("\0asm", 4))) return not_cast(options, origin + " is a WebAssembly module");
  INGOT_TRY(bundle::VerifiedBundle verified, open_bundle(options, format::Bytes(bytes.begin(), bytes.end()), origin));
  if (!source.hash.empty() && source.hash != verified.manifest().module_digest) {
    return Error{ErrorCode::verification, "Hash mismatch: " + origin + " was cast from a module of SHA-256 " + verified.manifest().module_digest + ", and the manifest names " + source.hash};
  }
  if (verified.manifest().contract == "eerp") return Error{ErrorCode::contract, origin + " is a business module and no part of a plugin"};
  return verified;
}

}  // namespace

bool names_plugin_manifest(const std::string& path) { return format::plugin_manifest_syntax(path).has_value(); }

Result<format::PluginManifest> read_plugin_manifest(const std::string& path) {
  INGOT_TRY(const std::string text, read_file(path));
  auto manifest = format::parse_plugin_manifest(text, format::plugin_manifest_syntax(path).value_or(format::ManifestSyntax::json));
  if (!manifest.ok()) return std::move(manifest.error()).with_context(path);
  return manifest;
}

Result<std::vector<host::extism::PluginModule>> load_plugin_modules(const format::PluginManifest& manifest, const CallOptions& options) {
  std::vector<host::extism::PluginModule> modules;
  for (const format::PluginModuleSource& source : manifest.modules) {
    const std::string label = options.bundle + ": wasm[" + std::to_string(modules.size()) + "]";
    INGOT_TRY(bundle::VerifiedBundle verified, open_module(source, label, options));
    INGOT_TRY(auto module, load::load(std::move(verified)));
    modules.push_back({source.name, std::move(module)});
  }
  return modules;
}

}  // namespace ingot::cli
