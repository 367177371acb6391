// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a module may use beyond core 2.0. One value, chosen by the request, obeyed by the reader, the validator and the translator alike.

#include <string>
#include <string_view>
#include <vector>

namespace ingot::compiler {

/// Everything off is exactly WebAssembly 2.0.
struct Features {
  bool extended_const = true;
  bool relaxed_simd = true;

  friend bool operator==(const Features&, const Features&) = default;
};

/// Turns one feature on or off by its proposal's name ("extended-const"). False when there is none of this name.
bool set_feature(Features& features, std::string_view name, bool on);
/// The names that set_feature knows, sorted.
std::vector<std::string> feature_names();

}  // namespace ingot::compiler
