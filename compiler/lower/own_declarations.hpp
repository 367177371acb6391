// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module in several parts has one header that declares every function, type and segment of it, and each part includes that. Here each part gets
// the declarations of what it mentions, and the header keeps those that it mentions itself. What clang reads grows with the module then, and no
// longer with the module times its parts: a module of 30.8 MB has 34,000 functions, and its 64 parts read 83 MB of header beside 181 MB of code.
//
// In:      generated C.
// Out:     the same program.
// Refuses: nothing: a line that does not look like a declaration on its own stays in the header; a module in one part stays as it is.

#include "products.hpp"

namespace ingot::compiler::lower {

/// After everything that adds mentions to the parts, or declarations to the header.
void declare_where_mentioned(SourceFiles& files);

}  // namespace ingot::compiler::lower
