// SPDX-License-Identifier: Apache-2.0
#include "identity/access.hpp"

#include <nlohmann/json.hpp>

namespace ingot::identity {
namespace {

Error refused(const std::string& why) { return Error{ErrorCode::invalid_argument, why}; }

/// The token of "Bearer TOKEN"; the scheme's case is nobody's business (RFC 9110 11.1).
std::optional<std::string_view> bearer_token(std::string_view field) {
  const std::size_t space = field.find(' ');
  if (space == std::string_view::npos || !dispatch::equals_ignoring_case(field.substr(0, space), "bearer")) return std::nullopt;
  const std::size_t begin = field.find_first_not_of(' ', space);
  return begin == std::string_view::npos ? std::string_view() : field.substr(begin);
}

void grant(Caller& caller, const std::vector<std::string>& permissions) { caller.granted.insert(caller.granted.end(), permissions.begin(), permissions.end()); }

}  // namespace

Result<Caller> caller_of(const std::vector<dispatch::Header>& headers, const AccessRules& rules, std::chrono::system_clock::time_point now) {
  Caller caller{{}, rules.anonymous};
  if (rules.tokens.secret.empty() && rules.tokens.keys.empty()) return caller;
  const std::string* field = nullptr;
  for (const dispatch::Header& header : headers) {
    if (!dispatch::equals_ignoring_case(header.name, "authorization")) continue;
    if (field != nullptr) return refused("more than one Authorization field");
    field = &header.value;
  }
  if (field == nullptr) return caller;
  const auto token = bearer_token(*field);
  if (!token) return refused("the Authorization field is not \"Bearer TOKEN\"");
  INGOT_TRY(caller.principal, verify_token(*token, rules.tokens, now));
  for (const std::string& role : caller.principal->roles) {
    if (const auto found = rules.roles.find(role); found != rules.roles.end()) grant(caller, found->second);
  }
  grant(caller, caller.principal->permissions);
  return caller;
}

std::string identity_json(const Caller& caller) {
  if (!caller.principal) return "null";
  const Principal& principal = *caller.principal;
  nlohmann::ordered_json identity{{"subject", principal.subject}, {"tenant", nullptr}, {"roles", principal.roles}};
  if (!principal.tenant.empty()) identity["tenant"] = principal.tenant;
  return identity.dump();
}

}  // namespace ingot::identity
