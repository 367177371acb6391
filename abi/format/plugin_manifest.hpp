// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an Extism plugin is made of and what it is given, as a file says it: manifest.json of Extism 1.x, or the same as TOML. Values; nothing is opened and nothing is believed here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace ingot::format {

/// One module. Exactly one of path, url and data says where it is.
struct PluginModuleSource {
  std::string name{};                 ///< by which other modules import from it; empty: none
  std::optional<std::string> path{};
  std::optional<std::string> url{};
  std::map<std::string, std::string> url_headers{};
  std::string url_method{};           ///< empty: GET
  std::optional<std::string> data{};  ///< the bytes, no longer in base64
  std::string hash{};                 ///< SHA-256 of the WebAssembly module, 64 small hexadecimal digits; empty: any
};

struct PluginManifest {
  std::vector<PluginModuleSource> modules{};
  std::optional<std::uint32_t> memory_pages_max{};
  std::optional<std::uint64_t> http_response_bytes_max{}, variable_bytes_max{};
  std::map<std::string, std::string> config{};
  std::vector<std::string> allowed_hosts{};
  std::vector<std::pair<std::string, std::string>> allowed_paths{};  ///< the host's (ro: before it for reading only) and the guest's
  std::optional<std::uint64_t> timeout_ms{};
};

enum class ManifestSyntax : std::uint8_t { json, toml };
/// By the end of the file's name, ".json" or ".toml"; nothing for any other.
std::optional<ManifestSyntax> plugin_manifest_syntax(std::string_view file_name);

/// Errors: config, naming the field; unknown fields are errors.
Result<PluginManifest> parse_plugin_manifest(std::string_view text, ManifestSyntax syntax);
/// As JSON. What is not given is left out.
std::string write_plugin_manifest(const PluginManifest& manifest);

}  // namespace ingot::format
