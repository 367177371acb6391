// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is told of plugins that are served: GET /api/plugins, and their part of the OpenAPI document.

#include <nlohmann/json_fwd.hpp>

#include "application.hpp"
#include "openapi/declaration.hpp"

namespace ingot {

/// {"name","state","reason"?,"digests","pool","instances","at_rest","timeout_ms","keep_state","host_functions","routes","calls"}; no path of this machine.
nlohmann::json report_plugin(const PluginEntry& entry);

/// Its routes, as a module would declare them. Outputs are handed out as they are, without an envelope.
openapi::Declaration declare_plugin(const plugins::PluginConfig& config);

}  // namespace ingot
