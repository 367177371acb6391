// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a plugin may ask of its host beyond the kernel's memory: settings, variables, log, HTTP, and the functions of the host's own.

#include <string_view>

#include "host/extism/plugin_host.hpp"

namespace ingot::host::extism {

/// The function of that name of `extism:host/env`, whose context is a PluginHost; null when there is none among these. Its type is that of abi/extism_functions.hpp.
ingot_host_function host_function(std::string_view name);

/// A host's own function with the plugin that may call it. Both outlive the plugin's calls.
struct BoundFunction {
  PluginHost& host;
  const HostFunction& function;
};
/// What calls it; the context is a BoundFunction.
ingot_host_function own_function();

}  // namespace ingot::host::extism
