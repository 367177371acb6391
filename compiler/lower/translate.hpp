// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      NormalModule.
// Out:     GeneratedC: the C files and headers that wasm2c wrote.
// Refuses: modules that the translator cannot carry (3); a translator that exceeds its limits (4).
// wasm2c reads hostile input, so it runs confined, in an empty folder, with exactly the profile that the validator had.

#include "products.hpp"

namespace ingot::compiler::lower {

Result<GeneratedC> translate(NormalModule normal, const Workshop& workshop);

/// How many C files the module's code is spread over: by its size alone, never by this machine's cores, so that bundles reproduce.
std::uint32_t part_count(const ingest::Module& module);

}  // namespace ingot::compiler::lower
