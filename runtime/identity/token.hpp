// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON Web Tokens in the compact form (RFC 7519, RFC 7515), read with the advice of RFC 8725: the algorithm belongs to the key, nothing is taken from
// a token before its signature was found good, an unknown "crit" is a refusal, and a token without an end is none.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "identity/keys.hpp"
#include "identity/principal.hpp"

namespace ingot::identity {

struct TokenRules {
  std::string secret;            ///< for HS256; empty: no such token is believed
  std::vector<PublicKey> keys;   ///< for RS256 and EdDSA
  std::string issuer;            ///< "iss" must be this; empty: whatever it is
  std::string audience;          ///< "aud" must name this; empty: a token that names anybody is refused (RFC 7519 4.1.3)
};

inline constexpr std::size_t token_bytes_max = 8192;
/// Clocks differ.
inline constexpr std::chrono::seconds clock_leeway{30};

/// The principal of `token` at the time `now`. Errors: invalid_argument, with a reason that may be told to whoever sent it.
Result<Principal> verify_token(std::string_view token, const TokenRules& rules, std::chrono::system_clock::time_point now);

/// A token with HS256. REQUIRES: the secret has secret_bytes_min at least.
std::string sign_token(const Principal& principal, const TokenRules& rules, std::chrono::system_clock::time_point now);

}  // namespace ingot::identity
