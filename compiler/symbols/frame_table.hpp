// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the .debug_frame section that clang writes beside line tables to rows that a stack walk can search. An island itself carries no unwind
// tables: nothing in it is ever unwound, a trap abandons its frames.

#include <vector>

#include "format/symbols.hpp"

namespace ingot::compiler::native {

/// Reads DWARF call frame information (DWARF 5, section 6.4) as far as code for x86-64 without exceptions needs it: the rule for the CFA,
/// and where rbp is saved. What it does not understand gives rows of unknown base, and the walk ends there. `text_address` is what
/// offsets in rows count from, in the addresses of the object. Rows come sorted; code between functions is covered by unknown rows.
std::vector<format::UnwindRow> read_frames(format::ByteView debug_frame, std::uint64_t text_address, std::uint64_t text_bytes);

}  // namespace ingot::compiler::native
