// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a request's Authorization field to what its caller may do. Nothing configured, nothing granted.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dispatch/field_rules.hpp"
#include "identity/principal.hpp"
#include "identity/token.hpp"

namespace ingot::identity {

struct AccessRules {
  TokenRules tokens;
  std::map<std::string, std::vector<std::string>> roles;  ///< what each role may do; one that is not here may do nothing
  std::vector<std::string> anonymous;                     ///< what everybody may do
};

struct Caller {
  std::optional<Principal> principal;  ///< nothing: nobody in particular
  std::vector<std::string> granted;    ///< permissions, for dispatch::permits
};

/// Who sent these fields. Where no key is configured nobody is anybody, and the field is not read. Errors: invalid_argument: more than one Authorization field, a scheme
/// other than Bearer (RFC 6750 section 2.1), or a token that is not believed.
Result<Caller> caller_of(const std::vector<dispatch::Header>& headers, const AccessRules& rules, std::chrono::system_clock::time_point now);

/// What modules are told of a caller: JSON, {"subject", "tenant", "roles"}, or null.
std::string identity_json(const Caller& caller);

}  // namespace ingot::identity
