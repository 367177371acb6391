// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      CompleteC, the targets, the optimisation level.
// Out:     Objects: per target one relocatable object per C file.
// Refuses: a compiler that fails or exceeds its limits (4).
// Parts are compiled by as many confined processes as there are cores; their number and order do not depend on the cores. A release build has two
// steps: clang's front end reads each part once, and ingot-codegen (codegen/) makes the objects of all levels from that. Where clang is of another
// generation than our LLVM, and on the other tiers, clang does it all.

#include "products.hpp"

namespace ingot::compiler::native {

Result<Objects> compile(CompleteC source, const Request& request, const Workshop& workshop);

/// Lets clang's front end read everything that depends on the module, for the first target, and generates no code.
Result<void> check(CompleteC source, const Request& request, const Workshop& workshop);

}  // namespace ingot::compiler::native
