// SPDX-License-Identifier: Apache-2.0
#include "identity/token.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "dispatch/permission.hpp"

namespace ingot::identity {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::system_clock;

constexpr std::size_t list_max = 256;
constexpr std::size_t name_bytes_max = 200;

Error refused(const std::string& why) { return Error{ErrorCode::invalid_argument, why}; }

struct Parts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1), token.substr(0, second)};
}

std::optional<Json> object_of(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text) return std::nullopt;
  Json object = Json::parse(*text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

/// What the header asks for, and whether the signature is one of a key that is for that.
Result<void> check_signature(const Json& header, const Parts& parts, const TokenRules& rules) {
  if (header.contains("crit")) return refused("the token has a critical extension that is not known here");
  const auto named = header.find("alg");
  const auto algorithm = named != header.end() && named->is_string() ? parse_algorithm(named->get<std::string>()) : std::nullopt;
  if (!algorithm) return refused("the token's algorithm is none of HS256, RS256, EdDSA");
  const auto signature = from_base64url(parts.signature);
  if (!signature) return refused("the token is malformed");
  const Error bad = refused("the token's signature is not good");
  if (*algorithm == Algorithm::hs256) {
    if (rules.secret.empty() || !hmac_sha256_is(rules.secret, parts.signed_text, *signature)) return bad;
    return {};
  }
  const auto kid = header.find("kid");
  if (kid != header.end() && !kid->is_string()) return refused("the token is malformed");
  for (const PublicKey& key : rules.keys) {
    if (key.algorithm() != *algorithm || (kid != header.end() && key.id() != kid->get<std::string>())) continue;
    if (key.verifies(parts.signed_text, *signature)) return {};
  }
  return bad;
}

/// Seconds since 1970, whole or not. Nothing when it is not there; an error when it is something else.
Result<std::optional<double>> time_of(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::optional<double>();
  constexpr double most = 9e15;  // what a double counts to one by one
  if (!found->is_number() || !(std::abs(found->get<double>()) < most)) return refused(std::string("the token's \"") + name + "\" is no time");
  return std::optional(found->get<double>());
}

Result<void> check_times(const Json& claims, Clock::time_point now) {
  const double at = std::chrono::duration<double>(now.time_since_epoch()).count(), leeway = std::chrono::duration<double>(clock_leeway).count();
  INGOT_TRY(const auto end, time_of(claims, "exp"));
  INGOT_TRY(const auto begin, time_of(claims, "nbf"));
  INGOT_TRY_VOID(time_of(claims, "iat"));
  if (!end) return refused("the token has no end (\"exp\")");
  if (at >= *end + leeway) return refused("the token has expired");
  if (begin && at < *begin - leeway) return refused("the token is not valid yet");
  return {};
}

Result<void> check_addressee(const Json& claims, const TokenRules& rules) {
  if (!rules.issuer.empty() && claims.value("iss", Json()) != Json(rules.issuer)) return refused("the token is from another issuer");
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return rules.audience.empty() ? Result<void>() : refused("the token names no audience");
  const bool named = audience->is_array() ? std::ranges::find(*audience, Json(rules.audience)) != audience->end() : *audience == Json(rules.audience);
  if (rules.audience.empty() || !named) return refused("the token is for another audience");
  return {};
}

Result<std::string> name_of(const Json& claims, const char* claim) {
  const auto found = claims.find(claim);
  if (found == claims.end() || found->is_null()) return std::string();
  if (!found->is_string() || found->get_ref<const std::string&>().size() > name_bytes_max) return refused(std::string("the token's \"") + claim + "\" is no name");
  return found->get<std::string>();
}

Result<std::vector<std::string>> names_of(const Json& claims, const char* claim) {
  std::vector<std::string> names;
  const auto found = claims.find(claim);
  if (found == claims.end() || found->is_null()) return names;
  if (!found->is_array() || found->size() > list_max) return refused(std::string("the token's \"") + claim + "\" is no list of names");
  for (const Json& item : *found) {
    if (!item.is_string() || item.get_ref<const std::string&>().size() > name_bytes_max) return refused(std::string("the token's \"") + claim + "\" is no list of names");
    names.push_back(item.get<std::string>());
  }
  return names;
}

Result<Principal> principal_of(const Json& claims) {
  Principal principal;
  INGOT_TRY(principal.subject, name_of(claims, "sub"));
  if (principal.subject.empty()) return refused("the token names nobody (\"sub\")");
  INGOT_TRY(principal.tenant, name_of(claims, "tenant"));
  INGOT_TRY(principal.roles, names_of(claims, "roles"));
  INGOT_TRY(principal.permissions, names_of(claims, "permissions"));
  for (const std::string& permission : principal.permissions) {
    if (!dispatch::valid_permission(permission)) return refused("one of the token's \"permissions\" is not module:resource:action");
  }
  principal.expires_at = static_cast<std::int64_t>(claims["exp"].get<double>());
  return principal;
}

}  // namespace

Result<Principal> verify_token(std::string_view token, const TokenRules& rules, Clock::time_point now) {
  if (token.size() > token_bytes_max) return refused("the token is too long");
  const auto parts = split(token);
  const auto header = parts ? object_of(parts->header) : std::nullopt;
  if (!header) return refused("the token is malformed");
  INGOT_TRY_VOID(check_signature(*header, *parts, rules));

  // From here on somebody who may say so has said what follows.
  const auto claims = object_of(parts->payload);
  if (!claims) return refused("the token is malformed");
  INGOT_TRY_VOID(check_times(*claims, now));
  INGOT_TRY_VOID(check_addressee(*claims, rules));
  return principal_of(*claims);
}

std::string sign_token(const Principal& principal, const TokenRules& rules, Clock::time_point now) {
  INGOT_CHECK(rules.secret.size() >= secret_bytes_min);
  nlohmann::ordered_json claims{{"sub", principal.subject}};
  if (!principal.tenant.empty()) claims["tenant"] = principal.tenant;
  if (!principal.roles.empty()) claims["roles"] = principal.roles;
  if (!principal.permissions.empty()) claims["permissions"] = principal.permissions;
  if (!rules.issuer.empty()) claims["iss"] = rules.issuer;
  if (!rules.audience.empty()) claims["aud"] = rules.audience;
  claims["iat"] = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  claims["exp"] = principal.expires_at;
  const std::string text = to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(claims.dump());
  return text + "." + to_base64url(hmac_sha256(rules.secret, text));
}

}  // namespace ingot::identity
