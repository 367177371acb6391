// SPDX-License-Identifier: Apache-2.0
#pragma once
// Source lines through a translator that knows nothing of them.
//
// The translator writes one C statement for each instruction. So before translation a pair that does nothing, `i64.const MARK, drop`, goes
// in front of the first instruction of each source line; behind it comes out as `var_jN = MARK;`, and that line of C is replaced by a #line
// directive. What was marked and what came out cannot drift apart, whatever shape the translator gives to the code in between, and with the
// marks taken out the C is what it would have been without them (but for the declaration of a variable that nothing uses).

#include <string>

#include "format/bundle.hpp"
#include "ingest/module.hpp"
#include "lower/source_lines.hpp"
#include "products.hpp"

namespace ingot::compiler::lower {

/// What marks look like in one module: a prefix that no constant of its own begins with.
struct Marks {
  std::uint64_t prefix = 0;            ///< the upper 34 bits of 62; 0: nothing is marked
  std::vector<SourceLines::Row> rows;  ///< by mark number
  std::uint64_t value(std::size_t number) const { return prefix << 28 | number; }
};

/// The content of the code section with marks in it. A function whose rows do not all begin at instructions gets one mark, at its first
/// instruction. A module without lines comes back as it is.
format::Bytes mark_code(const ingest::Module& module, format::ByteView wasm, const SourceLines& lines, Marks& marks);

/// Turns the marks in generated C into #line directives. Code that no line is known for is told to be of no guest file.
void place_lines(SourceFiles& files, const SourceLines& lines, const Marks& marks);

}  // namespace ingot::compiler::lower
