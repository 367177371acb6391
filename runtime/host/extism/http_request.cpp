// SPDX-License-Identifier: Apache-2.0
#include "host/extism/http_request.hpp"

#include <nlohmann/json.hpp>

namespace ingot::host::extism {

ingot_trap perform_http_request(PluginHost& host, std::string_view request, std::string_view, std::string&) {
  const auto json = nlohmann::json::parse(request, nullptr, false);
  const std::string url = json.is_object() && json.contains("url") && json["url"].is_string() ? json["url"].get<std::string>() : std::string{};
  return host.fail("HTTP request to " + url + " is not allowed");
}

}  // namespace ingot::host::extism
