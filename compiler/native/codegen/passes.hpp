// SPDX-License-Identifier: Apache-2.0
#pragma once
// The optimiser's passes, in their order, as text for LLVM's parser of pipelines.
//
// It is LLVM's own -O3 for one module with three differences. What does not pay for a guest is gone: coroutines, OpenMP, what reads or guesses
// profiles, what proves facts across a module whose functions are all called from elsewhere, what packs scalars that the guest's own compiler left.
// The C's helpers (conversions, loads and stores of vectors) are optimised on their own and then inlined all at once, instead of one after the other
// by the inliner, call graph and cost model at hand. And the late passes follow the early ones function by function. Measured on resvg (2.4 MB of
// wasm, one of its eight parts): 2.9 s with -O3, 1.6 s with this; objects of the same size within 0.1 %; the kernels of bench/ within 1 %.

#include <string>

namespace ingot::compiler::native::codegen {

struct Passes {
  std::string early;  ///< of the module
  std::string again;  ///< of functions that more was inlined into behind the early ones; only in between
  std::string late;   ///< of the module
};

/// `inline_guest`: may functions of the guest's be inlined into each other?
Passes passes(bool inline_guest);

}  // namespace ingot::compiler::native::codegen
