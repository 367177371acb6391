// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingot call` of an Extism plugin.

#include "bundle/verify.hpp"
#include "cli/commands.hpp"

namespace ingot::cli {

/// Calls options.function of the plugin that is this one bundle; its output goes to stdout as it is. The exit code: 0, 1 when the call failed, 128 and a signal's number.
int call_plugin(const CallOptions& options, bundle::VerifiedBundle verified);
/// The same for the plugin of a manifest, options.bundle. What the options say goes before what it says.
int call_plugin_manifest(const CallOptions& options);

}  // namespace ingot::cli
