// SPDX-License-Identifier: Apache-2.0
#include "auth_routes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "dispatch/envelope.hpp"
#include "dispatch/request_json.hpp"

namespace ingot {
namespace {

using dispatch::HttpRequest;
using dispatch::HttpResponse;
using dispatch::Refusal;

constexpr std::string_view prefix = "/api/auth/";
constexpr const char* cookie_name = "refresh_token";
constexpr std::size_t body_bytes_max = 4096;

HttpResponse refuse(const HttpRequest& request, int status, const char* code, const std::string& message) {
  auto response = dispatch::refusal_response({status, code, message}, request.request_id);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

/// RFC 6265bis. Strict: another site's page cannot make the browser send it.
std::string cookie(const std::string& value, std::chrono::seconds life, bool secure) {
  return std::string(cookie_name) + "=" + value + "; Path=/api/auth; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count()) + (secure ? "; Secure" : "");
}

/// The value of the refresh cookie, when there is exactly one: somebody who can set a second one must not choose which counts.
std::optional<std::string> cookie_of(const HttpRequest& request) {
  std::optional<std::string> value;
  for (const dispatch::Header& header : request.headers) {
    if (!dispatch::equals_ignoring_case(header.name, "cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
      if (!pair.starts_with(std::string(cookie_name) + "=")) continue;
      if (value) return std::nullopt;
      value = std::string(pair.substr(pair.find('=') + 1));
    }
  }
  return value;
}

/// A JSON object of texts, or what is wrong with it. An empty body is an empty object.
std::variant<nlohmann::json, Refusal> object_of(const HttpRequest& request) {
  if (request.body.empty()) return nlohmann::json::object();
  if (!dispatch::is_json_media_type(dispatch::find_header(request.headers, "content-type"))) return Refusal{415, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json"};
  if (request.body.size() > body_bytes_max) return Refusal{413, "PAYLOAD_TOO_LARGE", "the body has more than " + std::to_string(body_bytes_max) + " bytes"};
  auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return Refusal{400, "INVALID_JSON", "the body is not a JSON object"};
  return body;
}

std::optional<std::string> text(const nlohmann::json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? std::optional<std::string>(found->get<std::string>()) : std::nullopt;
}

HttpResponse answer_outcome(const accounts::Outcome& outcome, const HttpRequest& request, bool secure) {
  if (const auto* denied = std::get_if<accounts::Denied>(&outcome)) {
    switch (denied->why) {
      case accounts::Denied::Why::credentials: return refuse(request, 401, "UNAUTHENTICATED", denied->message);
      case accounts::Denied::Why::unavailable: return refuse(request, 503, "UNAVAILABLE", denied->message);
      case accounts::Denied::Why::too_many: break;
    }
    auto response = refuse(request, 429, "TOO_MANY_REQUESTS", denied->message);
    response.headers.push_back({"Retry-After", std::to_string(denied->retry_after_s)});
    return response;
  }
  const auto& grant = std::get<accounts::Grant>(outcome);
  const nlohmann::ordered_json data{{"access_token", grant.access_token}, {"token_type", "Bearer"}, {"expires_in", grant.access_ttl.count()}};
  HttpResponse response;
  response.body = dispatch::success_envelope(data.dump(), request.request_id, std::chrono::system_clock::now());
  response.headers.push_back({"Set-Cookie", cookie(grant.refresh_token, grant.refresh_ttl, secure)});
  response.headers.push_back({"Cache-Control", "no-store"});  // RFC 6749 section 5.1
  return response;
}

}  // namespace

bool is_auth_path(std::string_view path) {
  return path.starts_with(prefix) && (path.substr(prefix.size()) == "login" || path.substr(prefix.size()) == "refresh" || path.substr(prefix.size()) == "logout");
}

HttpResponse answer_auth(accounts::SignIn& sign_in, const HttpRequest& request, bool secure_cookie, db::Deadline deadline) {
  const std::string_view what = std::string_view(request.path).substr(prefix.size());
  const auto parsed = object_of(request);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refuse(request, refusal->status, refusal->code.c_str(), refusal->message);
  const auto& body = std::get<nlohmann::json>(parsed);

  if (what == "login") {
    const auto email = text(body, "email"), password = text(body, "password");
    if (!email || !password) return refuse(request, 400, "BAD_REQUEST", "the body must be {\"email\":\"...\",\"password\":\"...\"}");
    return answer_outcome(sign_in.login(*email, *password, request.remote_address, deadline), request, secure_cookie);
  }

  auto token = text(body, "refresh_token");
  if (!token && body.contains("refresh_token") && !body["refresh_token"].is_null()) return refuse(request, 400, "BAD_REQUEST", "\"refresh_token\" must be a text");
  if (!token) token = cookie_of(request);
  if (what == "refresh") {
    if (!token) return refuse(request, 401, "UNAUTHENTICATED", "there is no refresh token: sign in");
    auto response = answer_outcome(sign_in.refresh(*token, request.remote_address, deadline), request, secure_cookie);
    if (response.status == 401) response.headers.push_back({"Set-Cookie", cookie("", std::chrono::seconds(0), secure_cookie)});
    return response;
  }

  if (token) {
    if (const auto done = sign_in.logout(*token, deadline); !done.ok()) return refuse(request, 503, "UNAVAILABLE", "signing out does not work at the moment; try again");
  }
  HttpResponse response;
  response.status = 204;
  response.headers.push_back({"Set-Cookie", cookie("", std::chrono::seconds(0), secure_cookie)});
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace ingot
