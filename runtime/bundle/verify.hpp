// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a file to a VerifiedBundle: the only thing that load() takes, so that no order of calls maps unverified bytes.
//
// In:      a path, and whom to trust.
// Out:     VerifiedBundle: the exact bytes that were checked, parsed, with the variant for this CPU chosen.
// Refuses: damage, what too few trusted keys vouch for (format/trust.hpp has the rule; the clock is the system's), another ABI or
//          wasm-rt.h, a CPU below the bundle's lowest level; each with its reason, before anything is mapped.

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bundle/cpu_level.hpp"
#include "format/bundle.hpp"
#include "format/signature.hpp"
#include "format/trust.hpp"

namespace ingot::bundle {

using format::TrustPolicy;

class VerifiedBundle;

/// Reads the file once and checks it. Errors: io, verification.
Result<VerifiedBundle> open_and_verify(const std::string& path, const TrustPolicy& trust);
/// The same for bytes already in memory, which it takes over; `origin` names them in messages; `level` is the CPU level to choose for.
Result<VerifiedBundle> verify(format::Bytes bytes, const std::string& origin, const TrustPolicy& trust, int level = cpu_level());

/// Holds the verified bytes; views into them stay valid for its life. Move-only value.
/// The same for any memory that `owner` keeps alive and nobody changes.
Result<VerifiedBundle> verify(std::shared_ptr<const void> owner, format::ByteView bytes, const std::string& origin, const TrustPolicy& trust,
                              int level = cpu_level());

class VerifiedBundle final {
 public:
  const format::Manifest& manifest() const { return view_->manifest; }
  const std::string& origin() const { return origin_; }
  /// The object chosen for this CPU.
  const format::BundleView::Object& object() const { return view_->objects[object_index_]; }
  std::size_t object_index() const { return object_index_; }
  /// For reports of traps (format/symbols.hpp); empty when there is none.
  format::ByteView symbols() const { return view_->symbols; }
  /// What a server hands out as it is (format/static_files.hpp); empty when there is nothing.
  format::ByteView static_files() const { return view_->static_files; }
  /// The keys that vouched; empty for an allowed unsigned bundle.
  const std::vector<std::string>& signers() const { return signers_; }
  /// The first of them, or empty.
  std::string signer() const { return signers_.empty() ? std::string() : signers_.front(); }
  /// SHA-256 of the signed part, hex: what names this content, whoever signs it.
  const std::string& digest() const { return digest_; }

 private:
  friend Result<VerifiedBundle> verify(std::shared_ptr<const void> owner, format::ByteView bytes, const std::string& origin,
                                       const TrustPolicy& trust, int level);
  VerifiedBundle() = default;
  std::shared_ptr<const void> owner_;  ///< of the bytes that view_ points into
  std::unique_ptr<const format::BundleView> view_;
  std::size_t object_index_ = 0;
  std::string origin_, digest_;
  std::vector<std::string> signers_;
};

}  // namespace ingot::bundle
