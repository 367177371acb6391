// SPDX-License-Identifier: Apache-2.0
#pragma once
// All that one plugin has of its host: the memory that they share, and what it was given. What was not given does not exist for it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/manifest.hpp"
#include "host/extism/kernel.hpp"
#include "ingot/abi.h"
#include "limits.hpp"

namespace ingot::host::extism {

/// The numbers are the plugins'.
enum class LogLevel : std::int32_t { trace = 0, debug = 1, info = 2, warn = 3, error = 4, off = 2147483647 };
/// "trace" ... "error", "off".
const char* log_level_name(LogLevel level);

/// Found by their names without a copy of those.
using Texts = std::map<std::string, std::string, std::less<>>;

/// What is given to a plugin. Empty means nothing.
struct Settings {
  Texts config{};
  std::vector<std::string> allowed_hosts{};                        ///< patterns (host_pattern.hpp)
  std::optional<std::vector<std::string>> granted_hosts{};         ///< if there is a list, a host matches one of these patterns, too: whoever runs a plugin narrows what its manifest asks for
  std::uint64_t variable_bytes_max = limits::extism_variable_bytes_default;  ///< names, values, and 48 for each; 0: no variables
  std::uint64_t http_response_bytes_max = limits::extism_http_response_bytes_default;
  bool http_response_headers = false;                              ///< may it see them?
  LogLevel log_level = LogLevel::off;                              ///< the least that is kept
  std::function<void(LogLevel, std::string_view)> log{};           ///< where it goes; may be empty. The text is the plugin's word
};

/// Used by one thread at a time.
struct PluginHost {
  PluginHost(Settings given, std::uint64_t kernel_bytes_max) : kernel(kernel_bytes_max), settings(std::move(given)) {}

  Kernel kernel;
  Settings settings;
  Texts variables{};
  std::uint64_t variable_bytes = 0;   ///< of `variables`, as settings.variable_bytes_max counts
  std::int32_t http_status = 0;       ///< of the last request; 0: there was none
  std::string http_headers{};         ///< of its response, a JSON object; empty unless settings.http_response_headers
  std::uint64_t log_bytes_left = limits::extism_log_bytes_max;  ///< of this call
  std::string failure{};              ///< why a function of the host ends the plugin
  void* host_context = nullptr;       ///< of this call; the caller's

  /// The end of the plugin's call with this text.
  ingot_trap fail(std::string why) {
    failure = std::move(why);
    return INGOT_TRAP_HOST;
  }
};

/// A function of the host's own. Its slots hold the arguments and take the results; what it returns, INGOT_TRAP_NONE or why the plugin ends, may come with a text in `failure`.
struct HostFunction {
  std::string module, name;
  format::FunctionType type;
  std::function<ingot_trap(PluginHost&, ingot_slot*)> body;
};

}  // namespace ingot::host::extism
