// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingot call` is pointed to: a bundle, or a manifest that names bundles.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/commands.hpp"
#include "format/plugin_manifest.hpp"
#include "host/extism/plugin.hpp"

namespace ingot::cli {

/// Is it a manifest, by the end of its name?
bool names_plugin_manifest(const std::string& path);

/// Opens, verifies and maps each of its modules; a path that does not begin with / begins where the manifest lies. Errors: io; config (a module that is no bundle, or that is only a url);
/// verification (also a bundle of another module than its hash says).
Result<std::vector<host::extism::PluginModule>> load_plugin_modules(const format::PluginManifest& manifest, const CallOptions& options);

}  // namespace ingot::cli
