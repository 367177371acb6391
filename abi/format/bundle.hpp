// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bundle file: pure bytes <-> structure, no I/O and no cryptography. Every byte is described in FORMAT.md.
//
//   header | section table | manifest | object per target ... | symbols | provenance | static files | signature block
//   \___________________________________________ signed_bytes _________________________________________/
//
// Sections begin on 4 KiB boundaries. Parsing trusts nothing: every offset and length is checked, sections may not overlap,
// and no byte between them may be other than zero, so that nothing unsigned or unseen can ride along.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/manifest.hpp"

namespace ingot::format {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline constexpr std::uint32_t bundle_format_version = 2;

/// An Ed25519 signature over the bundle's signed_bytes and its own end (see signature.hpp for the exact message).
struct Signature {
  std::string key_id;                    ///< 16 lower-case hex digits
  std::uint64_t expires = 0;             ///< the last second in which it counts, since 1970; 0: it has no end
  std::array<std::uint8_t, 64> bytes{};
};

/// A parsed bundle. Views point into the bytes given to parse_bundle() and live as long as they do.
struct BundleView {
  Manifest manifest;
  struct Object {
    std::string level;
    ByteView bytes;
  };
  std::vector<Object> objects;           ///< in the order of manifest.targets
  ByteView symbols;                      ///< names for a trap's report (FORMAT.md); empty when the bundle has none
  ByteView provenance;                   ///< how the bundle was made (provenance.hpp); empty when the bundle does not say
  ByteView signed_bytes;                 ///< what signatures cover
  std::vector<Signature> signatures;
  ByteView static_files;                 ///< what a server hands out (static_files.hpp); empty when there is nothing. In order: parse_bundle() has read it
};

/// Errors: verification, with the reason ("not a bundle: ...", "truncated", "section overlaps", ...).
Result<BundleView> parse_bundle(ByteView file);

struct ObjectInput {
  std::string level;
  Bytes bytes;
};
/// What is not needed to load or run a bundle, and so is not read then. Empty: no section.
struct Attachments {
  ByteView symbols{};
  ByteView provenance{};
  ByteView static_files{};
};
/// Lays a bundle out, unsigned. Deterministic. Fills manifest.targets, .symbols and .provenance from the arguments.
Bytes write_bundle(Manifest manifest, const std::vector<ObjectInput>& objects, const Attachments& attachments);

/// The same bundle with its signature block replaced. REQUIRES: `file` parses.
Bytes with_signatures(ByteView file, const std::vector<Signature>& signatures);
/// The same in the place of `file`: nothing is copied where its capacity has room for signature_block_bytes_max more.
Bytes with_signatures(Bytes&& file, const std::vector<Signature>& signatures);
inline constexpr std::size_t signature_block_bytes_max = 4096;

/// Compares the digest of one object, or of everything, with the manifest's: parse_bundle() compares sizes only, since where a signature
/// was checked over signed_bytes there is nothing left to compare. REQUIRES: `index` < objects.size(). Errors: verification.
Result<void> check_object_digest(const BundleView& bundle, std::size_t index);
Result<void> check_digests(const BundleView& bundle);

}  // namespace ingot::format
