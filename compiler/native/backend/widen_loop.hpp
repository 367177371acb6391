// SPDX-License-Identifier: Apache-2.0
#pragma once
// The widened loop, and the checks that decide at run time whether it is entered.

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>

#include "native/backend/widen_accesses.hpp"
#include "native/backend/widen_pairs.hpp"
#include "native/backend/widen_vectors.hpp"

namespace ingot::compiler::native::backend {

/// Puts the widened loop before `loop`, which is in simplified and LCSSA form and runs what the widened one leaves: all iterations, if a check
/// fails. Says false, and has changed nothing, if the number of iterations cannot be computed. Dominators, loops and `evolution` are stale after.
bool widen_loop(llvm::Loop& loop, llvm::ScalarEvolution& evolution, const Accesses& accesses, const Plan& plan, llvm::Argument& instance,
                const MemoryLayout& layout, std::string& why);

}  // namespace ingot::compiler::native::backend
