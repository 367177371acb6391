// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_source.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "cli/open_bundle.hpp"
#include "host/extism/source.hpp"

namespace ingot::cli {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return Error{ErrorCode::io, "cannot read " + path};
  return content.str();
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
  const host::extism::ManifestOrigin origin{.label = options.bundle,
                                            .folder = std::filesystem::path(options.bundle).parent_path().string(),
                                            .advice = "cast the plugin with `ingotc build " + options.bundle + " -o FOLDER`, and call the manifest in that folder"};
  return host::extism::load_modules(manifest, origin, [&](format::Bytes bytes, const std::string& where) { return open_bundle(options, std::move(bytes), where); });
}

}  // namespace ingot::cli
