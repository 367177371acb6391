// SPDX-License-Identifier: Apache-2.0
#include "bundle/sign.hpp"

#include "limits.hpp"

namespace ingot::compiler::bundle {

Result<format::Bytes> add_signature(format::ByteView file, const format::PrivateKey& key, std::uint64_t expires) {
  INGOT_TRY(format::BundleView view, format::parse_bundle(file));
  INGOT_TRY_VOID(format::check_digests(view));
  std::erase_if(view.signatures, [&](const format::Signature& signature) { return signature.key_id == key.public_key.id; });
  if (view.signatures.size() == limits::bundle_signatures_max) return Error{ErrorCode::limit, "the bundle has as many signatures as a bundle may have"};
  view.signatures.push_back(format::sign(key, view.signed_bytes, expires));
  return format::with_signatures(file, view.signatures);
}

// No digest of an object is compared here: the manifest that names them was written with them, or read from an entry of the cache whose
// every byte was checked a moment ago.
SignedBundle sign(UnsignedBundle bundle, const format::PrivateKey* key) {
  const bool cached = bundle.cached();
  if (key == nullptr) return SignedBundle(std::move(bundle).take(), cached);
  const auto view = format::parse_bundle(bundle.bytes());
  INGOT_CHECK(view.ok());
  const format::Signature signature = format::sign(*key, view->signed_bytes, 0);
  return SignedBundle(format::with_signatures(std::move(bundle).take(), {signature}), cached);
}

}  // namespace ingot::compiler::bundle
