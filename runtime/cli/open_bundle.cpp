// SPDX-License-Identifier: Apache-2.0
#include "cli/open_bundle.hpp"

#include <cstdlib>
#include <filesystem>

#include "cli/state_folder.hpp"
#include "trust_config.hpp"

namespace ingot::cli {
namespace {

std::string developer_key_path() {
  if (const char* config_home = std::getenv("XDG_CONFIG_HOME"); config_home != nullptr && *config_home != '\0') {
    return std::string(config_home) + "/ingot/developer.pub";
  }
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string{} : std::string(home) + "/.config/ingot/developer.pub";
}

/// The user's own developer key, if there is one, and those named with --key.
Result<bundle::TrustPolicy> read_trust(const BundleOptions& options) {
  bundle::TrustPolicy trust;
  trust.allow_unsigned = options.allow_unsigned;
  std::vector<std::string> paths = options.keys;
  std::error_code ignored;
  if (const std::string own = developer_key_path(); !own.empty() && std::filesystem::exists(own, ignored)) paths.push_back(own);
  for (const std::string& path : paths) {
    INGOT_TRY(format::TrustedKey key, load_public_key(path));
    trust.keys.push_back(std::move(key));
  }
  if (!options.revoked.empty()) INGOT_TRY_VOID(load_revoked(options.revoked, trust.revoked));
  return trust;
}

Result<void> check_state(const BundleOptions& options, const bundle::VerifiedBundle& verified) {
  if (options.state.empty() || options.allow_rollback) return {};
  INGOT_TRY(const StateFolder state, StateFolder::open(options.state));
  return bundle::check_rollback(verified, state.seen(), "run this one with --allow-rollback");
}

}  // namespace

Result<bundle::VerifiedBundle> open_bundle(const BundleOptions& options) {
  INGOT_TRY(const bundle::TrustPolicy trust, read_trust(options));
  INGOT_TRY(bundle::VerifiedBundle verified, bundle::open_and_verify(options.bundle, trust));
  INGOT_TRY_VOID(check_state(options, verified));
  return verified;
}

Result<bundle::VerifiedBundle> open_bundle(const BundleOptions& options, format::Bytes bytes, const std::string& origin) {
  INGOT_TRY(const bundle::TrustPolicy trust, read_trust(options));
  INGOT_TRY(bundle::VerifiedBundle verified, bundle::verify(std::move(bytes), origin, trust));
  INGOT_TRY_VOID(check_state(options, verified));
  return verified;
}

Result<void> remember_version(const BundleOptions& options, const format::Manifest& manifest) {
  if (options.state.empty()) return {};
  INGOT_TRY(StateFolder state, StateFolder::open(options.state));
  return state.keep(manifest.name, {manifest.rollback, manifest.version}, options.allow_rollback);
}

}  // namespace ingot::cli
