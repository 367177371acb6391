// SPDX-License-Identifier: Apache-2.0
#include "bundle/rollback.hpp"

namespace ingot::bundle {

Result<void> check_rollback(const VerifiedBundle& bundle, const SeenVersions& seen, const std::string& way_out) {
  const format::Manifest& manifest = bundle.manifest();
  const auto refuse = [&](const std::string& reason) { return Error{ErrorCode::verification, bundle.origin() + ": refused: " + reason}; };
  if (manifest.rollback > rollback_counter_max) return refuse("its rollback counter " + std::to_string(manifest.rollback) + " is impossible");
  const auto newest = seen.find(manifest.name);
  if (newest == seen.end() || manifest.rollback >= newest->second.counter) return {};
  return refuse("its rollback counter " + std::to_string(manifest.rollback) + " is older than " + std::to_string(newest->second.counter) +
                " of version '" + newest->second.version + "', which has run here; deploy a newer build, or " + way_out);
}

}  // namespace ingot::bundle
