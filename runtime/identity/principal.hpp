// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who calls, once the token has been believed.

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::identity {

/// The claims of a token that this server acts upon (EERP's: sub, tenant, roles, permissions).
struct Principal {
  std::string subject;                   ///< "sub": a user's id; not empty
  std::string tenant;                    ///< empty: none
  std::vector<std::string> roles;
  std::vector<std::string> permissions;  ///< each a valid module:resource:action, * allowed
  std::int64_t expires_at = 0;           ///< seconds since 1970
};

}  // namespace ingot::identity
