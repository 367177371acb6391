// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_grants.hpp"

#include <unistd.h>

#include "host/extism/source.hpp"

namespace ingot::cli {
namespace {

using host::extism::LogLevel;

LogLevel log_level_of(const std::string& word) {
  for (const LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::error, LogLevel::off}) {
    if (word == log_level_name(level)) return level;
  }
  return LogLevel::warn;
}

}  // namespace

Result<std::pair<std::string, std::string>> parse_setting(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return Error{ErrorCode::invalid_argument, "--config '" + word + "' is not NAME=VALUE"};
  return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

Result<host::wasi::DirectoryGrant> parse_path(const std::string& word) {
  host::wasi::DirectoryGrant grant;
  std::string rest = word;
  if (rest.starts_with("ro:")) {
    grant.read_only = true;
    rest.erase(0, 3);
  }
  const std::size_t colon = rest.find(':');
  grant.host = rest.substr(0, colon);
  grant.guest = colon == std::string::npos ? grant.host : rest.substr(colon + 1);
  if (grant.host.empty() || grant.guest.empty()) return Error{ErrorCode::invalid_argument, "--allow-path '" + word + "' is not HOST or HOST:GUEST, with or without ro: before it"};
  return grant;
}

Result<host::extism::PluginOptions> read_plugin_options(const CallOptions& options, const format::PluginManifest& manifest) {
  host::extism::PluginOptions result = host::extism::granted_by(manifest, options.plugin.wasi);
  for (const std::string& word : options.plugin.config) {
    INGOT_TRY(auto setting, parse_setting(word));
    result.settings.config.insert_or_assign(std::move(setting.first), std::move(setting.second));
  }
  result.settings.allowed_hosts.insert(result.settings.allowed_hosts.end(), options.plugin.hosts.begin(), options.plugin.hosts.end());
  result.settings.http_response_headers = options.plugin.response_headers;
  result.settings.log_level = log_level_of(options.plugin.log_level);
  if (result.wasi) result.wasi->standard_output = result.wasi->standard_error = STDERR_FILENO;  // what it prints is not its output
  if (!options.plugin.paths.empty() && !options.plugin.wasi) return Error{ErrorCode::invalid_argument, "--allow-path grants a directory to WASI's functions: say --wasi, too"};
  for (const std::string& word : options.plugin.paths) {
    INGOT_TRY(auto path, parse_path(word));
    result.wasi->directories.push_back(std::move(path));
  }
  if (options.plugin.timeout_ms != 0) {
    result.timeout_ms = options.plugin.timeout_ms;
  } else if (options.deadline_ms != 0) {
    result.timeout_ms = options.deadline_ms;
  }
  if (options.plugin.memory_pages_max != 0) result.memory_pages_max = static_cast<std::uint32_t>(options.plugin.memory_pages_max);
  if (options.memory_mib != 0) result.memory_bytes_max = options.memory_mib * limits::MiB;
  return result;
}

}  // namespace ingot::cli
