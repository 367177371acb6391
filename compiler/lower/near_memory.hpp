// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the instance stands in front of its own linear memory, at a distance that depends on the module alone, a function need not load
// the memory's address: it is the instance's plus a constant, which folds into the addressing of every access.
//
// In:      generated C.
// Out:     the same, with the base that each function keeps in a variable computed instead of loaded, and a constant that tells the code
//          generator (native/codegen) of it.
// Refuses: nothing: text that does not look as expected stays, and is as right as before, only slower.
// Measured beside the load (clang 22, x86-64-v3, time against native code): binary trees 1.33 to 1.13, sort 1.44 to 1.26, calls through
// a table 1.92 to 1.66; loops over arrays unchanged.

#include <string>

namespace ingot::compiler::lower {

/// In the text of one part. REQUIRES: the runtime puts instances where INGOT_MEMORY_DISTANCE of ingot/abi.h says. Only a memory that the
/// module defines itself, as its only one, is affected.
void find_memory_near_instance(std::string& text);

}  // namespace ingot::compiler::lower
