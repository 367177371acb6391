// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      ValidModule, the contract that was asked for.
// Out:     AgreedModule: every import is one that the host offers, every export that the host will look for has the right type.
// Refuses: imports of memories, tables and globals; unknown imports (with the nearest known name); wrong types; missing exports (all 3).
// The EERP contract is the page abi/EERP.md; `none` takes any function import and leaves the decision to whoever loads the bundle.

#include "products.hpp"

namespace ingot::compiler::ingest {

Result<AgreedModule> agree(ValidModule valid, ContractChoice choice);

}  // namespace ingot::compiler::ingest
