// SPDX-License-Identifier: Apache-2.0
#pragma once
// Relaxed SIMD without anything relaxed: each instruction becomes the core instructions that the specification's deterministic profile gives
// it (the first of the results that it allows). The translator knows none of them, and one result on every machine is worth more to us than
// the last percent: a bundle's two variants, and two machines, never disagree.

#include "ingest/module.hpp"
#include "products.hpp"

namespace ingot::compiler::lower {

/// The content of the code section with every relaxed instruction rewritten. Functions that need room for intermediate values get four more
/// locals. REQUIRES: `module` was read from `wasm` and validated.
format::Bytes code_without_relaxed_simd(const ingest::Module& module, format::ByteView wasm);

}  // namespace ingot::compiler::lower
