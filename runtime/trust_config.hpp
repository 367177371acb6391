// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whom a configuration trusts: "trusted_keys", "revoked", "signatures_required" and "allow_unsigned" of its "ingot" object, first as they
// are written, then with the files read that they name.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/trust.hpp"

namespace ingot {

/// As written, checked, with absolute paths. No file was opened.
struct TrustConfig {
  struct Key {
    std::string path;                  ///< of a PEM file with the public half; absolute
    std::string name;                  ///< for messages; may be empty
    std::uint64_t not_after = 0;       ///< seconds since 1970; 0: no end
    std::vector<std::string> modules;  ///< empty: may sign for all
  };
  std::vector<Key> keys;               ///< ingot.trusted_keys: paths, or {"key", "name", "not_after", "modules"}
  format::Revoked revoked;             ///< ingot.revoked, when it is a list of key ids and digests
  std::string revoked_path;            ///< ingot.revoked, when it is the path of a file; absolute
  std::uint32_t signatures_required = 1;  ///< ingot.signatures_required
  bool allow_unsigned = false;            ///< ingot.allow_unsigned
};

/// Errors: config, naming the key.
Result<TrustConfig> read_trust_config(const nlohmann::json& own, const std::filesystem::path& folder);

/// Reads the files. A file that is missing is an error: an absent list of revocations must not mean that nothing is revoked. Errors: config.
Result<format::TrustPolicy> load_trust(const TrustConfig& config);

/// One public key's file. Errors: config.
Result<format::PublicKey> load_public_key(const std::string& path);
/// Adds a revocation file's lines. Errors: config.
Result<void> load_revoked(const std::string& path, format::Revoked& revoked);

}  // namespace ingot
