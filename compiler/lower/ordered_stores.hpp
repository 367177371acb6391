// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a guest stored, in memory or in a global, before a store that traps, can be seen after the trap. The translator says so of loads only: clang
// may drop a store that a later one overwrites, though one that traps stands between them. Here the store helpers get an empty assembly statement that
// may read all memory, in front of the store itself; and the one for vectors stores all of its sixteen bytes or none.
//
// In:      generated C.
// Out:     the same program, for a compiler that knows nothing of traps. Accesses that nest.cpp writes as volatile need none of this.
// Refuses: nothing.
// Our own optimiser knows the statement for what it is (native/backend/guest_accesses). To clang alone it costs what it knew of memory.

#include <string>

namespace ingot::compiler::lower {

/// In the header with the translator's helpers, or in any other text.
void order_stores(std::string& text);

}  // namespace ingot::compiler::lower
