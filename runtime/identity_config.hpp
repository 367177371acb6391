// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whose tokens a configuration believes, and what callers may do: "master_key", and "identity" and "anonymous_permissions" of its "ingot" object.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "identity/access.hpp"

namespace ingot {

/// `file` is the whole configuration. Reads the JWKS file that it names. A master_key that is too short for tokens (RFC 7518 3.2: 32 bytes) is left out and named in
/// `weak_master_key`: EERP's files have such keys, and are served as they are. Errors: config, naming the key.
Result<identity::AccessRules> read_access_rules(const nlohmann::json& file, const std::filesystem::path& folder, bool& weak_master_key);

}  // namespace ingot
