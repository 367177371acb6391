// SPDX-License-Identifier: Apache-2.0
#include "dispatch/cors.hpp"

#include <algorithm>

namespace ingot::dispatch {
namespace {

constexpr const char* methods = "GET, POST, PUT, PATCH, DELETE";
constexpr const char* fields = "authorization, content-type, x-request-id, traceparent, tracestate";
constexpr const char* seconds_remembered = "600";

/// As browsers serialise one: lower case, no path, no trailing slash.
bool is_origin(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || (text.substr(0, scheme) != "http" && text.substr(0, scheme) != "https")) return false;
  const std::string_view host = text.substr(scheme + 3);
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'; };
  return !host.empty() && std::ranges::all_of(host, fits);
}

}  // namespace

Result<Cors> Cors::parse(const std::vector<std::string>& origins) {
  Cors cors;
  for (const std::string& origin : origins) {
    if (origin == "*") {
      cors.any_ = true;
    } else if (is_origin(origin)) {
      cors.origins_.push_back(origin);
    } else {
      return Error{ErrorCode::config, "'" + origin + "' is not an origin: write scheme://host or scheme://host:port in lower case, without a path, or \"*\""};
    }
  }
  return cors;
}

bool Cors::allows(std::string_view origin) const { return std::ranges::find(origins_, origin) != origins_.end(); }

std::optional<HttpResponse> Cors::preflight(const HttpRequest& request) const {
  if (request.method != "OPTIONS" || find_header(request.headers, "access-control-request-method").empty()) return std::nullopt;
  const std::string_view origin = find_header(request.headers, "origin");
  if (origin.empty() || (!any_ && !allows(origin))) return std::nullopt;
  HttpResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", methods}, {"Access-Control-Allow-Headers", fields}, {"Access-Control-Max-Age", seconds_remembered}};
  return response;
}

void Cors::add_to(HttpResponse& response, std::string_view origin) const {
  if (!origins_.empty()) response.headers.push_back({"Vary", "Origin"});
  if (origin.empty()) return;
  if (allows(origin)) {
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    response.headers.push_back({"Access-Control-Allow-Credentials", "true"});
  } else if (any_) {
    response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  } else {
    return;
  }
  response.headers.push_back({"Access-Control-Expose-Headers", "x-request-id"});
}

}  // namespace ingot::dispatch
