// SPDX-License-Identifier: Apache-2.0
#include "api_description.hpp"

#include <algorithm>
#include <utility>

namespace ingot {
namespace {

constexpr std::size_t routes_named_max = 5;

std::string some_of(const std::vector<std::string>& routes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(routes.size(), routes_named_max); ++i) text += (i > 0 ? ", " : "") + routes[i];
  return routes.size() > routes_named_max ? text + " and " + std::to_string(routes.size() - routes_named_max) + " more" : text;
}

}  // namespace

std::string ApiDescription::complaint() const {
  if (!problem.empty()) return "its description is left out of /api/openapi.json: " + problem;
  if (silent) return "";
  std::string text;
  if (!difference.undeclared.empty()) text = "not described, so not in /api/openapi.json: " + some_of(difference.undeclared);
  if (!difference.unregistered.empty()) text += (text.empty() ? "" : "; ") + ("described, but not served: " + some_of(difference.unregistered));
  return text;
}

std::shared_ptr<const ApiDescription> describe_api(const host::eerp::Module& module) {
  auto description = std::make_shared<ApiDescription>();
  description->silent = module.openapi().empty();
  auto declaration = openapi::parse_declaration(module.description().name, module.openapi());
  if (declaration.ok()) {
    description->declaration = std::move(declaration).value();
  } else {
    description->problem = declaration.error().message;
  }
  std::vector<std::string> routes;
  for (const host::eerp::RouteDeclaration& route : module.routes()) routes.push_back(route.method + " " + route.path);
  description->difference = openapi::compare(description->declaration, routes);
  return description;
}

}  // namespace ingot
