// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingotc new`: a folder with a small business module that builds, casts and serves as it is.

#include <string>

#include "base/result.hpp"

namespace ingot::compiler::cli {

struct NewArguments {
  std::string name;
  std::string language;
  std::string folder = ".";  ///< the module's folder is made in it
  std::string project;       ///< instead of `folder`: a folder with a configuration and modules/, made where it is missing; empty: none
  bool list = false;         ///< only say which languages there are
};

/// Writes NAME/ with sources, the language's SDK and a build script; whoever reads the folder meanwhile finds module.json last. With `project`
/// also a configuration that trusts the developer key. What exists is never changed. Errors: invalid_argument (name, language), io (also when
/// NAME/ exists), config (no developer key).
Result<void> make_new(const NewArguments& arguments);

}  // namespace ingot::compiler::cli
