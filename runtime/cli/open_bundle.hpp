// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a bundle's path on the command line to verified bytes: the trust of `ingot call` and `ingot run`, which is the user's own.

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "cli/commands.hpp"

namespace ingot::cli {

/// Verified with the user's developer key and those that the options name; refused when --state remembers a newer one. Errors: io, config, verification.
Result<bundle::VerifiedBundle> open_bundle(const BundleOptions& options);

/// The same for bytes that are here already; `origin` names them in messages.
Result<bundle::VerifiedBundle> open_bundle(const BundleOptions& options, format::Bytes bytes, const std::string& origin);

/// The module has started: --state remembers it. Errors: io.
Result<void> remember_version(const BundleOptions& options, const format::Manifest& manifest);

}  // namespace ingot::cli
