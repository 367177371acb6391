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

SignedBundle sign(UnsignedBundle bundle, const format::PrivateKey* key) {
  if (key == nullptr) return SignedBundle(bundle.bytes());
  auto bytes = add_signature(bundle.bytes(), *key);
  INGOT_CHECK(bytes.ok());  // we have just written it
  return SignedBundle(std::move(bytes).value());
}

}  // namespace ingot::compiler::bundle
