// SPDX-License-Identifier: Apache-2.0
#pragma once
// How optimised code says that guest memory is accessed, from the front end to the code generator.
//
// A load or a store of WebAssembly's traps where it stands, whether or not its value is used, and what was stored before it, in memory or in a
// global, can then be seen. There are three ways to say so, and each is the right one at its time:
//   - in the C, an access is volatile (lower/nest), or has an empty assembly statement behind the load or before the store (the translator's helpers,
//     and lower/ordered_stores). That is the least for the front end to read;
//   - to the optimiser, a load is followed by such a statement, which takes its value, and a store has one before it that takes nothing. Both are
//     said to read all memory, and to write none that anybody knows. So a value may be known already, from an earlier load or a store; but no store
//     before the statement is lost or moved behind it;
//   - to the code generator the statement would be a second use of the value, in a register, so that no load could become the operand of an addition
//     or a comparison, and each would cost a parse of its constraints. There the accesses are volatile again, with the stores to everything else that
//     outlives the function, the instance's globals.
//
// A volatile access is never removed, repeated, split, or moved out of its block or past another volatile access or a call (LLVM language reference,
// "Volatile Memory Accesses").

#include <cstddef>

namespace llvm {
class Function;
class Instruction;
}

namespace ingot::compiler::native::backend {

/// An empty assembly statement that stands for the trap of a load, whose value is its operand, or of a store.
bool stands_for_trap(const llvm::Instruction& instruction);

/// From the first form to the second, before any optimisation. Returns how many statements there are then. REQUIRES: nothing but guest memory is
/// accessed as volatile.
std::size_t free_accesses(llvm::Function& function);

/// From the second to the third, behind all optimisation. Statements stay whose operand is neither a load nor one through casts: values that two loads
/// meet in, for one. Returns how many went.
std::size_t pin_accesses(llvm::Function& function);

}  // namespace ingot::compiler::native::backend
