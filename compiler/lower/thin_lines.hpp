// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the compiler is to remember of places in the C, made small: it carries a place for every instruction through every pass, and of
// those only the guest function is ever asked for. Not for C that is marked with lines of the guest's source.
//
// In:      generated C.
// Out:     the same program, with fewer places in it.
// Refuses: nothing: text that does not look as expected stays as it is.
// Measured on a module of 2.4 MB (clang 22 -O3, its largest part, CPU time): all places 20.9 s, without columns, helpers and lines 17.4 s,
// without any debug information 15.6 s.

#include <string>

namespace ingot::compiler::lower {

/// The translator's helpers leave no place of their own: what they do happens on the line that uses them.
void hide_helpers(std::string& text);

/// In the text of one part: each guest function stands on one line, so that it has one place.
void join_lines(std::string& text);

}  // namespace ingot::compiler::lower
