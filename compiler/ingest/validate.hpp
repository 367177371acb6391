// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      ExaminedModule.
// Out:     ValidModule: well-typed by the specification's rules, in exactly our profile.
// Refuses: invalid modules (3), a validator that crashes or exceeds its limits (4).
// The work is done by wasm-validate as a confined child; no validator is linked in.

#include "products.hpp"

namespace ingot::compiler::ingest {

Result<ValidModule> validate(ExaminedModule examined, const Workshop& workshop);

}  // namespace ingot::compiler::ingest
