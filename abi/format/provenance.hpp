// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a bundle was made, for people and their tools: a section of its own, which no loader reads. Strict JSON like the manifest.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::format {

struct Provenance {
  std::string ingotc, wasm2c, clang, lld;  ///< exact versions
  std::vector<std::string> flags;          ///< code-generation flags that can change the output
};

/// Canonical text: keys sorted, no spaces.
std::string write_provenance(const Provenance& provenance);
/// Errors: verification, naming the key that is wrong.
Result<Provenance> parse_provenance(std::string_view text);

}  // namespace ingot::format
