// SPDX-License-Identifier: Apache-2.0
#pragma once
// Key files: reading, writing, and the developer key that signs when no other is named.

#include <string>

#include "base/result.hpp"
#include "format/signature.hpp"

namespace ingot::compiler::cli {

Result<format::PrivateKey> read_private_key(const std::string& path);
Result<format::PublicKey> read_public_key(const std::string& path);

/// Writes `<base>.key` (0600) and `<base>.pub` (0644). Errors: io, also when one of them exists.
Result<void> write_key_pair(const std::string& base, const format::PrivateKey& key);

/// The key in $XDG_CONFIG_HOME/ingot/developer.key or ~/.config/ingot/developer.key, or a fresh one that is not yet kept there.
struct DeveloperKey {
  format::PrivateKey key;
  std::string base;     ///< of its two files
  bool is_new = false;
};
Result<DeveloperKey> developer_key();
/// Writes a fresh key to its place, and says so; nothing to do for one that was there. Called when what it signed is complete, so that a
/// failed build leaves nothing behind.
Result<void> keep(const DeveloperKey& key);

}  // namespace ingot::compiler::cli
