// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "bundle/sign.hpp"
#include "cli/commands.hpp"
#include "cli/keys.hpp"
#include "limits.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {

Result<void> keygen(const std::string& base) {
  INGOT_TRY(const format::PrivateKey key, format::generate_key());
  INGOT_TRY_VOID(write_key_pair(base, key));
  std::fprintf(stderr, "ingotc: wrote %s.key (keep it secret) and %s.pub\n", base.c_str(), base.c_str());
  std::printf("%s\n", key.public_key.id.c_str());
  return {};
}

Result<void> sign(const std::string& bundle, const std::string& key_path) {
  DeveloperKey chosen;
  if (key_path.empty()) {
    INGOT_TRY(chosen, developer_key());
  } else {
    INGOT_TRY(chosen.key, read_private_key(key_path));
  }
  const format::PrivateKey& key = chosen.key;
  INGOT_TRY(const format::Bytes file, process::read_file(bundle, limits::bundle_bytes_max, ErrorCode::verification));
  INGOT_TRY(const format::Bytes signed_file, bundle::add_signature(file, key));
  INGOT_TRY_VOID(keep(chosen));
  INGOT_TRY_VOID(process::write_file(bundle, signed_file));
  std::fprintf(stderr, "ingotc: %s is signed by %s\n", bundle.c_str(), key.public_key.id.c_str());
  return {};
}

Result<void> verify(const std::string& bundle, const std::vector<std::string>& keys) {
  INGOT_TRY(const format::Bytes file, process::read_file(bundle, limits::bundle_bytes_max, ErrorCode::verification));
  INGOT_TRY(const format::BundleView view, format::parse_bundle(file));
  INGOT_TRY_VOID(format::check_digests(view));
  for (const std::string& path : keys) {
    INGOT_TRY(const format::PublicKey key, read_public_key(path));
    for (const format::Signature& signature : view.signatures) {
      if (signature.key_id != key.id) continue;
      if (!format::verify(key, signature, view.signed_bytes)) {
        return Error{ErrorCode::verification, bundle + ": the signature of key " + key.id + " does not match the file"};
      }
      std::printf("%s\n", key.id.c_str());
      return {};
    }
  }
  std::string signers;
  for (const format::Signature& signature : view.signatures) signers += (signers.empty() ? "" : ", ") + signature.key_id;
  return Error{ErrorCode::verification, bundle + ": " + (signers.empty() ? "not signed" : "signed by " + signers + ", by none of the given keys")};
}

}  // namespace ingot::compiler::cli
