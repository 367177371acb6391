// SPDX-License-Identifier: Apache-2.0
#include "ingest/policy.hpp"

#include <algorithm>
#include <array>

namespace ingot::compiler::ingest {
namespace {

const char* needs(Refused feature) {
  switch (feature) {
    case Refused::threads: return "needs shared memory or atomics (threads proposal)";
    case Refused::gc: return "needs garbage-collected types (gc proposal)";
    case Refused::exceptions: return "needs exceptions (exception-handling proposal)";
    case Refused::tail_calls: return "needs tail calls (tail-call proposal)";
    case Refused::memory64: return "needs 64-bit memories or tables (memory64 proposal)";
    case Refused::multi_memory: return "needs more than one memory (multi-memory proposal)";
    case Refused::relaxed_simd: return "needs relaxed SIMD (relaxed-simd proposal)";
    case Refused::custom_page_sizes: return "needs another page size (custom-page-sizes proposal)";
    case Refused::function_references: return "needs typed function references (function-references proposal)";
    case Refused::wide_arithmetic: return "needs 128-bit arithmetic (wide-arithmetic proposal)";
    case Refused::compact_imports: return "needs compact imports (compact-import-section proposal)";
  }
  return "needs an unknown feature";
}

struct Optional {
  const char* name;  ///< the proposal's, which wabt's options use as well
  bool Features::* member;
};
constexpr std::array<Optional, 2> optional_features{{
    {"extended-const", &Features::extended_const},
    {"relaxed-simd", &Features::relaxed_simd},
}};

}  // namespace

std::vector<std::string> profile_features(const Features& features) {
  std::vector<std::string> names{"bulk-memory",             "multi-value",    "mutable-globals", "reference-types",
                                 "saturating-float-to-int", "sign-extension", "simd"};
  for (const Optional& feature : optional_features) {
    if (features.*feature.member) names.emplace_back(feature.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// wabt has no option to enable what it enables by default, so the profile is "everything that it enables by default and we do not want,
// disabled"; what it leaves off by default stays off because nothing here enables it. A newer wabt may add defaults: that is why only
// known generations are accepted (native/toolchain).
std::vector<std::string> profile_options(const Features& features) {
  std::vector<std::string> options{"--disable-exceptions", "--disable-tail-call", "--disable-annotations", "--disable-memory64",
                                   "--disable-multi-memory"};
  for (const Optional& feature : optional_features) {
    if (!(features.*feature.member)) options.push_back(std::string("--disable-") + feature.name);
  }
  return options;
}

void refuse(Cursor& cursor, Refused feature, std::uint64_t offset) {
  cursor.fail_at(ErrorCode::unsupported_wasm, offset, needs(feature));
}

}  // namespace ingot::compiler::ingest

namespace ingot::compiler {

bool set_feature(Features& features, std::string_view name, bool on) {
  for (const ingest::Optional& feature : ingest::optional_features) {
    if (name != feature.name) continue;
    features.*feature.member = on;
    return true;
  }
  return false;
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const ingest::Optional& feature : ingest::optional_features) names.emplace_back(feature.name);
  return names;
}

}  // namespace ingot::compiler
