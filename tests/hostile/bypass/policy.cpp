// SPDX-License-Identifier: Apache-2.0
// Stands where compiler/ingest/policy.cpp stands in ingotc: it notes what the policy would refuse, and lets the translator try everything.
#include "ingest/policy.hpp"

#include "bypass.hpp"

namespace ingot::compiler::ingest {

/// The signed manifest of a liar: it claims the profile and nothing else.
std::vector<std::string> profile_features(const Features&) {
  return {"bulk-memory", "extended-const", "multi-value", "mutable-globals", "reference-types", "relaxed-simd", "saturating-float-to-int", "sign-extension", "simd"};
}

// The translator has the other proposals on unless it is told otherwise, and gives up at once when one of the last three is so much as enabled.
std::vector<std::string> profile_options(const Features&) {
  std::vector<std::string> options{"--enable-threads", "--enable-custom-page-sizes", "--enable-compact-imports"};
  if (bypass::needed.contains(Refused::gc)) options.emplace_back("--enable-gc");
  if (bypass::needed.contains(Refused::function_references)) options.emplace_back("--enable-function-references");
  if (bypass::needed.contains(Refused::wide_arithmetic)) options.emplace_back("--enable-wide-arithmetic");
  return options;
}

void refuse(Cursor& cursor, Refused feature, std::uint64_t offset) {
  bypass::last_refusal = {feature, offset};
  cursor.fail_at(ErrorCode::unsupported_wasm, offset, "the reader cannot step over what the policy refuses");
}

}  // namespace ingot::compiler::ingest
