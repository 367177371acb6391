// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data segments leave the C: the translator writes each as an array of hexadecimal numbers, which costs the C compiler far more time
// and memory than the bytes are worth. The bytes are read back out of that text, so they are the translator's own, and an assembler
// file includes them in binary under the same names. The C keeps a declaration, which is all that loads, memory.init and data.drop use.

#include "products.hpp"

namespace ingot::compiler::lower {

inline constexpr const char* segment_bytes_file = "segments.bin";
inline constexpr const char* segment_assembly_file = "segments.s";

/// Replaces every definition of a data segment in `files` by a declaration; changes nothing when there is no segment. The two files above are what
/// is returned. Errors: toolchain, when a definition does not look as the translator writes it.
Result<Segments> extract_segments(SourceFiles& files);

}  // namespace ingot::compiler::lower
