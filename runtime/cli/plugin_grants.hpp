// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingot call` is told to give to a plugin, word by word.

#include <string>
#include <utility>

#include "base/result.hpp"
#include "cli/commands.hpp"
#include "format/plugin_manifest.hpp"
#include "host/extism/plugin.hpp"

namespace ingot::cli {

/// "NAME=VALUE". Errors: invalid_argument.
Result<std::pair<std::string, std::string>> parse_setting(const std::string& word);
/// "HOST" or "HOST:GUEST", with "ro:" before it for reading only. Errors: invalid_argument.
Result<host::wasi::DirectoryGrant> parse_path(const std::string& word);
/// All of it; what the options say goes before what the manifest says. Errors: invalid_argument.
Result<host::extism::PluginOptions> read_plugin_options(const CallOptions& options, const format::PluginManifest& manifest);

}  // namespace ingot::cli
