// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      UnsignedBundle and a key, or none.
// Out:     SignedBundle: the bytes of the file.
// Refuses: nothing.

#include "products.hpp"

namespace ingot::compiler::bundle {

SignedBundle sign(UnsignedBundle bundle, const format::PrivateKey* key);

/// A bundle's bytes with a signature by `key` added, in place of an earlier one by the same key. Errors: verification (not a bundle,
/// objects do not match the manifest), limit (no room for another signature).
/// `expires`: the last second in which it counts, since 1970; 0: no end.
Result<format::Bytes> add_signature(format::ByteView file, const format::PrivateKey& key, std::uint64_t expires = 0);

}  // namespace ingot::compiler::bundle
