// SPDX-License-Identifier: Apache-2.0
#pragma once
// Most modules fill their table of functions from constant segments and never touch it again: C's function pointers, Rust's vtables.
// What an indirect call will find there is then known when the module is cast, so the call need not ask the instance's table.
//
// In:      generated C.
// Out:     the same, where calls through such a table look their function up in a constant array instead, one array per type that is called
//          for: no function of that type at the index, no entry. The table itself stays as it was, for whoever reads it.
// Refuses: nothing: a table that is imported, exported, written to, filled from anything but constants or with imported functions, and
//          any text that does not look as expected, stays, and is as right as before, only slower.
// Measured (clang 22, x86-64-v3, time against native code): calls through a table 1.66 to 0.84, sort with a comparison function 1.24 to
// 1.08.

#include "products.hpp"

namespace ingot::compiler::lower {

/// Traps stay what they were: an index past the end, an empty element and one of another type are all CALL_INDIRECT.
void freeze_tables(SourceFiles& files);

}  // namespace ingot::compiler::lower
