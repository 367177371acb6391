// SPDX-License-Identifier: Apache-2.0
#include "ingest/policy.hpp"

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

}  // namespace

std::vector<std::string> profile_features() {
  return {"bulk-memory",     "extended-const",          "multi-value",    "mutable-globals",
          "reference-types", "saturating-float-to-int", "sign-extension", "simd"};
}

// wabt has no option to enable what it enables by default, so the profile is "everything that it enables by default and we do not want,
// disabled"; what it leaves off by default stays off because nothing here enables it. A newer wabt may add defaults: that is why only
// known generations are accepted (native/toolchain).
std::vector<std::string> profile_options() {
  return {"--disable-exceptions",   "--disable-tail-call",   "--disable-annotations",
          "--disable-memory64",     "--disable-multi-memory", "--disable-relaxed-simd"};
}

void refuse(Cursor& cursor, Refused feature, std::uint64_t offset) {
  cursor.fail_at(ErrorCode::unsupported_wasm, offset, needs(feature));
}

}  // namespace ingot::compiler::ingest
