// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops of guest code over WebAssembly's 128-bit vectors, run on the 256-bit registers of x86-64-v3.
//
// In:   optimised functions of generated C. What is looked at are innermost loops of one block that load or store vectors.
// Out:  the same functions, where such a loop can have a second form in front of it, "wide", whose every operation does what two did. The loop
//       itself stays: it does the iterations that are left over, and all of them when a check before the wide form fails.
//
// Two operations become one if they are the same one of two successive iterations, or if they are siblings within one iteration, where the
// guest's own compiler had unrolled the loop (widen_pairs). Loads and stores must lie side by side; integers that are summed up, and values that
// one iteration leaves to the next, are carried along; sums of reals are never regrouped. Each lane sees the same operations in the same order.
//
// The checks before the wide form (widen_loop; widen_accesses says what they are about), all in 64 bits, none of which can wrap:
//   - no 32-bit index wraps around before the loop ends;
//   - everything that the loop touches, from its first iteration to its last, is inside the memory's size of this moment. Memories only grow, and
//     nothing in the loop can make them. So no access of the wide form can trap, whose order could then be seen, and the assembly statements
//     for those traps can go;
//   - what is stored lies apart from everything else that the loop touches, except what is at a constant distance. For that the order of the two
//     accesses in the wide form is compared, at compile time, with the loop's.
// A vector operation of WebAssembly's never traps by itself, and the loop calls nobody: else it is left alone.
//
// Not handled: loops of several blocks, with inner branches, or that count down; scalars that are loaded and spread in the loop, lanes that are
// extracted; scatter and gather; memories of 64-bit indices, imported memories, and modules of more than one memory.

#include <cstdint>
#include <optional>
#include <string>

#include <llvm/IR/PassManager.h>

namespace llvm {
class TargetMachine;
}

namespace ingot::compiler::native::backend {

/// Where generated code finds its linear memory, which is of 32-bit indices and the only one.
struct MemoryLayout {
  std::uint64_t distance = 0;     ///< from the instance's first byte to the memory's, INGOT_MEMORY_DISTANCE of ingot/abi.h; 0: no such memory
  std::uint64_t size_offset = 0;  ///< from the instance's first byte to the 64-bit field with the memory's current size in bytes
  std::string function_prefix = "w2c_m_";  ///< functions whose names begin so take the instance as their first argument
};

/// Reads what lower/near_memory writes into the C, and removes it from the module. Nothing, if the memory is not near the instance.
std::optional<MemoryLayout> take_memory_layout(llvm::Module& module);

/// For a module that is optimised and whose functions are for x86-64-v3: runs the pass below on all of them, and tidies those that it changes.
void widen_vectors(llvm::Module& module, llvm::TargetMachine& machine, const MemoryLayout& layout);

/// Also works before the loop vectorizer in a pipeline. REQUIRES: target features of x86-64-v3.
class WidenVectorsPass : public llvm::PassInfoMixin<WidenVectorsPass> {
 public:
  /// `explain`: say on standard error, for every loop of vectors, what was done or why not.
  explicit WidenVectorsPass(MemoryLayout layout, bool explain = false);
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

 private:
  MemoryLayout layout_;
  bool explain_;
};

}  // namespace ingot::compiler::native::backend
