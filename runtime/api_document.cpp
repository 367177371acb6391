// SPDX-License-Identifier: Apache-2.0
#include "api_document.hpp"

#include <deque>

#include "openapi/document.hpp"
#include "plugin_report.hpp"
#include "version.hpp"

namespace ingot {
namespace {

std::string write(const Application& application) {
  std::vector<openapi::Described> described;
  for (const ModuleEntry& entry : application.modules()) {
    if (entry.state != ModuleState::active || entry.api == nullptr) continue;
    openapi::Described& module = described.emplace_back();
    const modules::Description& description = entry.found.description;
    module.name = description.name;
    module.title = description.display_name;
    module.summary = description.description;
    module.declaration = &entry.api->declaration;
    for (const auto& route : entry.module->routes()) module.routes.push_back({route.method, route.path, route.permission});
    for (const ServedFile& file : entry.files->files) module.files.push_back({"/" + file.path, std::string(file.content_type)});
    module.files_permission = entry.files->permission;
  }
  std::deque<openapi::Declaration> of_plugins;
  for (const PluginEntry& entry : application.plugins()) {
    if (entry.state != ModuleState::active) continue;
    openapi::Described& plugin = described.emplace_back();
    plugin.name = plugin.title = entry.config.name;
    plugin.declaration = &of_plugins.emplace_back(declare_plugin(entry.config));
    for (const plugins::PluginRoute& route : entry.config.routes) plugin.routes.push_back({route.method, route.path, route.permission});
  }
  const identity::AccessRules& access = application.config().access;
  return openapi::write_document(described, {version, !access.tokens.secret.empty() || !access.tokens.keys.empty(), access.anonymous});
}

}  // namespace

const std::string& ApiDocument::of(const Application& application) const {
  std::call_once(written_, [&] { text_ = write(application); });
  return text_;
}

}  // namespace ingot
