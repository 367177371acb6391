// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      GeneratedC; whether it is for a debugger, and what will optimise it.
// Out:     CompleteC: all sources of the island, with the shim that joins generated code and ingot/abi.h.
// Refuses: nothing.
// The shim defines the functions that the module imports, as thunks through the instance header; one wrapper per exported function and
// one address getter per other export; and the descriptor, the island's only exported symbol.

#include <string>

#include "products.hpp"

namespace ingot::compiler::lower {

CompleteC add_shim(GeneratedC generated, const Request& request, const Workshop& workshop);

/// The text of shim.c.
std::string shim_text(const ingest::Module& module, const format::Digest& module_digest);

}  // namespace ingot::compiler::lower
