// SPDX-License-Identifier: Apache-2.0
//
// A request goes to hosts that the plugin's manifest allows and to no others, wherever a server sends it on: each step is judged like the first.

#include "host/extism/http_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/extism/host_pattern.hpp"
#include "host/extism/http_transfer.hpp"
#include "limits.hpp"

namespace ingot::host::extism {
namespace {

using nlohmann::json;

constexpr int redirects_max = 10;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; });
  return result;
}

/// A token as RFC 9110 has it (section 5.6.2): names of methods and headers.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') || others.find(letter) != std::string_view::npos;
  });
}

/// Headers that say where a message ends or whom it is for are the host's own.
bool is_the_hosts_own(const std::string& name) {
  constexpr std::string_view own[] = {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "keep-alive", "proxy-connection"};
  return std::ranges::find(own, lower(name)) != std::end(own);
}

/// Empty, or what is wrong with it.
std::string read_headers(const json& object, HttpRequest& request) {
  if (object.is_null()) return {};
  if (!object.is_object()) return "headers is not an object";
  for (const auto& [name, value] : object.items()) {
    if (!is_token(name) || !value.is_string()) return "the header '" + name + "' is no name with a text";
    const auto text = value.get<std::string>();
    if (std::ranges::any_of(text, [](char letter) { return letter == '\r' || letter == '\n' || letter == '\0'; })) return "the header '" + name + "' holds a line end";
    if (!is_the_hosts_own(name)) request.headers.insert_or_assign(name, text);
  }
  return {};
}

/// Empty, or what is wrong with it.
std::string read_request(std::string_view text, HttpRequest& request) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return "it is not a JSON object";
  request.method = "GET";
  for (const auto& [name, value] : object.items()) {
    if (name == "url" && value.is_string()) {
      request.url = value.get<std::string>();
    } else if (name == "method" && (value.is_string() || value.is_null())) {
      if (value.is_string()) request.method = value.get<std::string>();
    } else if (name == "headers" || name == "header") {
      if (std::string wrong = read_headers(value, request); !wrong.empty()) return wrong;
    } else {
      return "the field '" + name + "' is unknown or of another type";
    }
  }
  if (request.url.empty()) return "it has no url";
  std::ranges::transform(request.method, request.method.begin(), [](char letter) { return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - ('a' - 'A')) : letter; });
  if (!is_token(request.method)) return "its method is no name";
  return {};
}

bool is_allowed(const PluginHost& host, const HttpTarget& target) {
  const auto fits = [&](const std::string& pattern) { return host_matches(pattern, target.host); };
  if (host.settings.granted_hosts && std::ranges::none_of(*host.settings.granted_hosts, fits)) return false;
  return std::ranges::any_of(host.settings.allowed_hosts, fits);
}

bool is_redirect(const HttpResponse& response) {
  constexpr int codes[] = {301, 302, 303, 307, 308};
  return std::ranges::find(codes, response.status) != std::end(codes) && !response.redirect.empty();
}

/// What RFC 9110 (section 15.4) has a client ask for then.
void go_on(HttpRequest& request, const HttpResponse& response, const HttpTarget& from) {
  request.url = response.redirect;
  const bool becomes_get = (response.status == 303 && request.method != "HEAD") || (response.status <= 302 && request.method == "POST");
  if (becomes_get) {
    request.method = "GET";
    request.body = {};
    std::erase_if(request.headers, [](const auto& header) { return lower(header.first).starts_with("content-"); });
  }
  // What was meant for one server is no other's business.
  HttpTarget to;
  if (read_target(request.url, to) && to == from) return;
  std::erase_if(request.headers, [](const auto& header) {
    const std::string name = lower(header.first);
    return name == "authorization" || name == "cookie" || name == "proxy-authorization";
  });
}

}  // namespace

ingot_trap perform_http_request(PluginHost& host, std::string_view text, std::string_view body, std::string& answer) {
  if (text.size() > limits::extism_http_request_bytes_max) return host.fail("HTTP request cannot be read: it is longer than " + std::to_string(limits::extism_http_request_bytes_max) + " bytes without its body");
  HttpRequest request;
  if (const std::string wrong = read_request(text, request); !wrong.empty()) return host.fail("HTTP request cannot be read: " + wrong);
  request.body = body;
  HttpResponse response;
  for (int step = 0;; ++step) {
    HttpTarget target;
    if (!read_target(request.url, target)) return host.fail("HTTP request to " + request.url + " is not allowed: it is no URL of http or https without a user's name");
    if (!is_allowed(host, target)) return host.fail("HTTP request to " + request.url + " is not allowed");
    response = {};
    HttpOutcome outcome = exchange(request, host.settings.http_response_bytes_max, response);
    if (outcome.trap != INGOT_TRAP_NONE) return outcome.trap;
    if (!outcome.failure.empty()) return host.fail(std::move(outcome.failure));
    if (!is_redirect(response)) break;
    if (step == redirects_max) return host.fail("HTTP request to " + request.url + " was sent on too often");
    go_on(request, response, target);
  }
  host.http_status = response.status;
  host.http_headers = host.settings.http_response_headers ? json(response.headers).dump(-1, ' ', false, json::error_handler_t::replace) : std::string{};
  answer = std::move(response.body);
  return INGOT_TRAP_NONE;
}

}  // namespace ingot::host::extism
