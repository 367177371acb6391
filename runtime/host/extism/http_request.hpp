// SPDX-License-Identifier: Apache-2.0
#pragma once
// One HTTP request of a plugin.

#include <string>
#include <string_view>

#include "host/extism/plugin_host.hpp"

namespace ingot::host::extism {

/// `request` is the plugin's JSON, {url, method, headers}; `answer` becomes the response's body, and the host notes its status and, if the plugin may see them, its headers.
/// Returns INGOT_TRAP_NONE, or the plugin ends with what is in host.failure. May throw bad_alloc.
ingot_trap perform_http_request(PluginHost& host, std::string_view request, std::string_view body, std::string& answer);

}  // namespace ingot::host::extism
