// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which Extism plugins are served and what each is given: "ingot.plugins" of the configuration. A manifest says what a plugin asks for; what stands here decides. Empty means nothing.

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/extism/plugin_host.hpp"
#include "host/wasi/world.hpp"

namespace ingot::plugins {

struct PluginRoute {
  std::string method, path;   ///< below /api/NAME, without parameters
  std::string function;       ///< what the plugin exports
  std::string permission;     ///< "module:resource:action"; empty: "public": true was said
  std::string content_type;   ///< of its output; default application/octet-stream
};

struct PluginConfig {
  std::string name;                                ///< as of a module, and no module's
  std::string source;                              ///< "manifest": of a manifest or a bundle; absolute
  std::vector<PluginRoute> routes;
  unsigned pool = 4;                               ///< instances at most
  std::vector<std::string> host_functions;         ///< of the server's own, which the plugin may import (host_functions.hpp)
  std::vector<std::string> allowed_hosts;          ///< HTTP goes to hosts that match a pattern here and one of the manifest's
  std::map<std::string, std::string> config;       ///< before what the manifest says
  std::optional<std::uint64_t> timeout_ms;         ///< the smallest counts: this, the manifest's, ingot.limits.call_deadline_ms
  std::optional<std::uint32_t> memory_pages_max;   ///< the smaller counts: this or the manifest's
  bool wasi = false;                               ///< may it import WASI?
  std::vector<host::wasi::DirectoryGrant> paths;   ///< directories, with WASI; those of the manifest do not count
  bool keeps_state = false;                        ///< memory and variables stay from call to call; else each call finds the plugin as it was made
  unsigned rest_after_s = 60;                      ///< an instance that nobody has called for so long takes little memory until it is called again; 0: never
  bool audit = false;                              ///< each call is a row of the audit trail, too
  host::extism::LogLevel log_level = host::extism::LogLevel::info;  ///< the least of the plugin's own lines that is logged
  bool operator==(const PluginConfig&) const = default;
};

/// Reads the list. Paths begin at `folder`. Errors: config, naming the key.
Result<std::vector<PluginConfig>> read_plugin_configs(const nlohmann::json& list, const std::filesystem::path& folder);

}  // namespace ingot::plugins
