// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      Objects.
// Out:     SharedObjects: one linked island per target.
// Refuses: a linker that fails, above all because something is undefined (4).

#include "products.hpp"

namespace ingot::compiler::native {

Result<SharedObjects> link(Objects objects, const Workshop& workshop);

}  // namespace ingot::compiler::native
