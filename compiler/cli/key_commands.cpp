// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/utc.hpp"
#include "bundle/sign.hpp"
#include "cli/commands.hpp"
#include "cli/keys.hpp"
#include "format/trust.hpp"
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

Result<void> sign(const std::string& bundle, const std::string& key_path, const std::string& expires_text) {
  std::uint64_t expires = 0;
  if (!expires_text.empty()) {
    INGOT_TRY(expires, parse_utc_or_days(expires_text, utc_now()));
    if (expires < utc_now()) return Error{ErrorCode::invalid_argument, "--expires " + expires_text + " is past: the signature would never count"};
  }
  DeveloperKey chosen;
  if (key_path.empty()) {
    INGOT_TRY(chosen, developer_key());
  } else {
    INGOT_TRY(chosen.key, read_private_key(key_path));
  }
  const format::PrivateKey& key = chosen.key;
  INGOT_TRY(const format::Bytes file, process::read_file(bundle, limits::bundle_bytes_max, ErrorCode::verification));
  INGOT_TRY(const format::Bytes signed_file, bundle::add_signature(file, key, expires));
  INGOT_TRY_VOID(keep(chosen));
  INGOT_TRY_VOID(process::write_file(bundle, signed_file));
  std::fprintf(stderr, "ingotc: %s is signed by %s%s\n", bundle.c_str(), key.public_key.id.c_str(),
               expires == 0 ? "" : (" until " + utc_text(expires)).c_str());
  return {};
}

Result<void> verify(const VerifyArguments& arguments) {
  format::TrustPolicy trust;
  trust.signatures_required = arguments.signatures_required;
  for (const std::string& path : arguments.keys) {
    INGOT_TRY(format::TrustedKey key, read_public_key(path));
    trust.keys.push_back(std::move(key));
  }
  if (!arguments.revoked.empty()) {
    INGOT_TRY(const format::Bytes list, process::read_file(arguments.revoked, limits::MiB, ErrorCode::config));
    auto added = format::add_revoked_list(trust.revoked, process::text_of(list));
    if (!added.ok()) return std::move(added).error().with_context(arguments.revoked);
  }
  INGOT_TRY(const format::Bytes file, process::read_file(arguments.bundle, limits::bundle_bytes_max, ErrorCode::verification));
  const auto refuse = [&](const Error& error) { return Error{error.code, arguments.bundle + ": refused: " + error.message}; };
  const auto view = format::parse_bundle(file);
  if (!view.ok()) return refuse(view.error());
  const auto signers = format::who_vouches(*view, format::sha256(view->signed_bytes), trust, utc_now());
  if (!signers.ok()) return refuse(signers.error());
  const auto whole = format::check_digests(*view);
  if (!whole.ok()) return refuse(whole.error());
  for (const std::string& id : *signers) std::printf("%s\n", id.c_str());
  return {};
}

}  // namespace ingot::compiler::cli
