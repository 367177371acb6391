// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may vouch for a bundle, and whether enough of them do. The one rule that the runtime and `ingotc verify` share; no file is read here.
//
// A signature counts when its key is trusted, trusted still, trusted for a module of this name, not revoked, when the signature has not
// expired, and when it is that key's over this content. A bundle is vouched for when at least `signatures_required` signatures count
// (each is of another key: FORMAT.md). Besides that:
//   - a signature in a trusted key's name that is not that key's refuses the bundle, whoever else signed it;
//   - a revoked key's signature never counts and never refuses; so does a stranger's;
//   - revoked content is refused, whoever signed it.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"
#include "format/signature.hpp"

namespace ingot::format {

struct TrustedKey {
  TrustedKey() = default;
  /// Trusted for every module, without an end.
  TrustedKey(PublicKey public_key) : key(std::move(public_key)) {}  // NOLINT(google-explicit-constructor): that is what a bare key means

  PublicKey key;
  std::string name;                  ///< for people; may be empty
  std::uint64_t not_after = 0;       ///< the last second in which it is trusted, since 1970; 0: no end
  std::vector<std::string> modules;  ///< the names of the modules it may sign for; empty: all
};

/// Key ids (16 hex digits) and digests of bundles' signed parts (64 hex digits) that are good no more.
struct Revoked {
  std::set<std::string, std::less<>> keys;
  std::set<std::string, std::less<>> digests;
};

/// Whom to believe. Empty means nobody.
struct TrustPolicy {
  std::vector<TrustedKey> keys;
  Revoked revoked;
  std::uint32_t signatures_required = 1;  ///< 1 to limits::bundle_signatures_max
  bool allow_unsigned = false;            ///< accept bundles that carry no signature at all; a wrong signature is always refused
};

/// Adds one key id or digest. Errors: config.
Result<void> add_revoked(Revoked& revoked, std::string_view word);
/// Adds a file's content: one key id or digest a line; empty lines, and whatever follows a '#', mean nothing. Errors: config, with the line.
Result<void> add_revoked_list(Revoked& revoked, std::string_view text);

/// The ids of the keys that vouch, in the order of the signature block; empty for a bundle without signatures that is allowed to have none.
/// `digest` is SHA-256 of signed_bytes; `now` is seconds since 1970. Errors: verification, with every signature's reason.
Result<std::vector<std::string>> who_vouches(const BundleView& bundle, const Digest& digest, const TrustPolicy& trust, std::uint64_t now);

}  // namespace ingot::format
