// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      Inputs.
// Out:     ExaminedModule: its structure, and the knowledge that it needs nothing that the policy refuses.
// Refuses: malformed modules, components, refused features by name and place, modules beyond a limit (all 3).

#include "products.hpp"

namespace ingot::compiler::ingest {

Result<ExaminedModule> examine(Inputs inputs, const Features& features);

}  // namespace ingot::compiler::ingest
