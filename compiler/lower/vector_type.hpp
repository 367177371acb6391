// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      generated C.
// Out:     the same, with the type v128 declared wherever it is used.
// Refuses: nothing.
// The translator includes the vector header when it sees a vector in a parameter or an instruction, and forgets the one case that is left: a
// result of several values, one of them a vector, in a type that no function needs a header for.

#include "products.hpp"

namespace ingot::compiler::lower {

void declare_vector_type(SourceFiles& files);

}  // namespace ingot::compiler::lower
