// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a manifest to what Plugin::create takes.

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "format/plugin_manifest.hpp"
#include "host/extism/plugin.hpp"

namespace ingot::host::extism {

/// Reads a manifest's file, as TOML where its name ends so, else as JSON. Errors: io; config, naming the file.
Result<format::PluginManifest> read_manifest(const std::string& path);

/// Where a manifest comes from.
struct ManifestOrigin {
  std::string label;   ///< names it in messages
  std::string folder;  ///< where paths begin that do not begin with /; empty: the working directory
  std::string advice;  ///< what to do about one whose modules were not cast
};

/// Verifies the bytes that a manifest names.
using OpenBundle = std::function<Result<bundle::VerifiedBundle>(format::Bytes bytes, const std::string& origin)>;

/// Reads, verifies and maps each module. Errors: io; config (a module that is no bundle, or that is only a url); verification (also a bundle of another module than its hash says);
/// contract (a business module).
Result<std::vector<PluginModule>> load_modules(const format::PluginManifest& manifest, const ManifestOrigin& origin, const OpenBundle& open);

/// What the manifest grants. Its directories count with WASI only, which it cannot grant itself; there are no streams.
PluginOptions granted_by(const format::PluginManifest& manifest, bool wasi);

}  // namespace ingot::host::extism
