// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_source.hpp"

#include <filesystem>
#include <utility>

#include "cli/open_bundle.hpp"
#include "host/extism/source.hpp"

namespace ingot::cli {

bool names_plugin_manifest(const std::string& path) { return format::plugin_manifest_syntax(path).has_value(); }

Result<std::vector<host::extism::PluginModule>> load_plugin_modules(const format::PluginManifest& manifest, const CallOptions& options) {
  const host::extism::ManifestOrigin origin{.label = options.bundle,
                                            .folder = std::filesystem::path(options.bundle).parent_path().string(),
                                            .advice = "cast the plugin with `ingotc build " + options.bundle + " -o FOLDER`, and call the manifest in that folder"};
  return host::extism::load_modules(manifest, origin, [&](format::Bytes bytes, const std::string& where) { return open_bundle(options, std::move(bytes), where); });
}

}  // namespace ingot::cli
