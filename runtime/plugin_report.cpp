// SPDX-License-Identifier: Apache-2.0
#include "plugin_report.hpp"

#include <nlohmann/json.hpp>

#include "dispatch/route_pattern.hpp"

namespace ingot {

nlohmann::json report_plugin(const PluginEntry& entry) {
  nlohmann::json routes = nlohmann::json::array();
  for (const plugins::PluginRoute& route : entry.config.routes) {
    nlohmann::json& one = routes.emplace_back(nlohmann::json{{"method", route.method}, {"path", dispatch::full_pattern(entry.config.name, route.path)}, {"function", route.function}});
    if (!route.permission.empty()) one["permission"] = route.permission;
  }
  nlohmann::json report{{"name", entry.config.name}, {"state", module_state_name(entry.state)}, {"pool", entry.config.pool}, {"keep_state", entry.config.keeps_state},
                        {"host_functions", entry.config.host_functions}, {"routes", std::move(routes)}};
  if (!entry.reason.empty()) report["reason"] = entry.reason;
  if (entry.plugin == nullptr) return report;
  report["digests"] = entry.plugin->digests();
  report["instances"] = entry.plugin->instances_made();
  report["at_rest"] = entry.plugin->instances_at_rest();
  report["timeout_ms"] = entry.plugin->timeout_ms();
  nlohmann::json& calls = report["calls"] = nlohmann::json::object();
  for (std::size_t i = 0; i < plugins::endings; ++i) calls[plugins::ending_name(static_cast<plugins::Ending>(i))] = entry.plugin->calls(static_cast<plugins::Ending>(i));
  return report;
}

openapi::Declaration declare_plugin(const plugins::PluginConfig& config) {
  openapi::Declaration declaration;
  for (const plugins::PluginRoute& route : config.routes) {
    openapi::Operation& operation = declaration.operations.emplace_back();
    operation.method = route.method;
    operation.path = route.path;
    operation.said["summary"] = "Calls the plugin's function " + route.function;
    if (route.method != "GET") {
      operation.said["requestBody"] = {{"required", false}, {"description", "the function's input"}, {"content", {{"application/octet-stream", {{"schema", {{"type", "string"}}}}}}}};
    }
    const std::string type = route.content_type.substr(0, route.content_type.find(';'));
    const openapi::Json schema = type == "application/json" ? openapi::Json{{"$ref", "#/components/schemas/ingot.Json"}} : openapi::Json{{"type", "string"}};
    operation.answers["200"] = {{"description", "the function's output"}, {"x-bare", true}, {"content", {{type, {{"schema", schema}}}}}};
    operation.refusals[422] = {"the plugin reports an error, in its own words", {"PLUGIN_ERROR"}};
    operation.refusals[504] = {"the plugin did not answer in time", {"DEADLINE_EXCEEDED"}};
  }
  return declaration;
}

}  // namespace ingot
