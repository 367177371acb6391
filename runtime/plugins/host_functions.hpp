// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the server itself offers to plugins under extism:host/user, each only to those that the configuration names it for:
//
//   log_event(handle)   the block's text is a line of the server's log
//   log_audit(handle)   the block's text is a row of the audit trail, which is written before the call is answered
//
// Both are (i64) -> (). A call has 64 of each, of at most 4096 bytes; more, or a handle that is no block, end the plugin's call.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "host/extism/plugin_host.hpp"

namespace ingot::plugins {

/// For whom a plugin is called, and what it leaves behind: the host_context of each call.
struct PluginCall {
  std::string plugin, function, request_id, subject, tenant;
  std::size_t events = 0;           ///< lines of log_event so far
  std::vector<std::string> audits;  ///< texts of log_audit, UTF-8
};

bool is_host_function(std::string_view name);
/// "log_event, log_audit"
std::string host_function_names();

/// Those of the names. REQUIRES: is_host_function() of each.
std::vector<host::extism::HostFunction> host_functions(const std::vector<std::string>& names);

/// Where a plugin's own lines go: the server's log, under its name.
void log_of_plugin(const std::string& plugin, host::extism::LogLevel level, std::string_view text);

}  // namespace ingot::plugins
