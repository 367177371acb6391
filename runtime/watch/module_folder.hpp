// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lies in a module's folder, as far as it decides what has to be made again: sources -> `build` -> NAME.wasm -> ingotc -> NAME.ingot.
// Reads files and runs nothing.

#include <filesystem>
#include <set>
#include <string>

#include "format/signature.hpp"

namespace ingot::watch {

/// One look at a folder.
struct Look {
  std::set<std::string> folders;  ///< the folder and those below it whose files count
  format::Digest sources{};       ///< names and contents of what `build` may read
  format::Digest product{};       ///< the .wasm and module.json: what is in a bundle
  bool has_build = false;         ///< an executable file `build` that not everybody may write to
  bool has_wasm = false;
  bool older_than_sources = false;  ///< the .wasm, or there is none
  bool bundle_is_older = false;     ///< than the .wasm and module.json, or there is none
};

/// `bundle`: the folder's bundle, whether it is there or not. What counts as source: everything but `*.wasm`, `*.ingot`, module.json, hidden files,
/// files that end with `~`, and the folders `target` and `node_modules`. The .wasm is the one that module.json calls `wasm_path`, else every
/// `*.wasm` of the folder itself. What cannot be read is as if it were not there.
Look look_at(const std::filesystem::path& folder, const std::filesystem::path& bundle);

}  // namespace ingot::watch
