// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      generated C.
// Out:     the same program, for tables with indices of 32 bits.
// Refuses: nothing.
// The translator's check of an indirect call takes the index as 32 bits, and the call behind it does not: with a table of 64-bit indices, 0x100000001 is checked as
// 1, and what is called lies far outside of the table. Policy, validator and the translator's own options refuse such tables, each by itself; should all of
// them fail, the check now looks at what is used.

#include <string>

namespace ingot::compiler::lower {

void check_whole_index(std::string& text);

}  // namespace ingot::compiler::lower
