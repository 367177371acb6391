// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which WebAssembly we take: core 2.0 (with its SIMD, bulk memory, reference types, multi-value, sign extension and saturating
// conversions), plus what compiler/features.hpp lists. The same profile is passed to every tool, by name, never by its defaults.
//
// Extended constants are in although core 2.0 lacks them: LLVM's newer default CPU ("lime1") may use them, and they are plain
// arithmetic that runs once, at instantiation. Relaxed SIMD is in because it needs nothing: lower/relaxed_simd turns it into core
// instructions. Everything else beyond 2.0 is refused by name until it can be run safely; tail calls in particular, because the
// translator's are unsound (CVE-2026-90648).

#include <string>
#include <vector>

#include "features.hpp"
#include "ingest/cursor.hpp"

namespace ingot::compiler::ingest {

/// The profile as it stands in manifests.
std::vector<std::string> profile_features(const Features& features);
/// The profile as options of wasm-validate and wasm2c.
std::vector<std::string> profile_options(const Features& features);

enum class Refused {
  threads,
  gc,
  exceptions,
  tail_calls,
  memory64,
  multi_memory,
  relaxed_simd,
  custom_page_sizes,
  function_references,
  wide_arithmetic,
  compact_imports,
};

/// Ends the reading with "needs <what> (<proposal> proposal) at <place>, offset <offset>".
void refuse(Cursor& cursor, Refused feature, std::uint64_t offset);

}  // namespace ingot::compiler::ingest
