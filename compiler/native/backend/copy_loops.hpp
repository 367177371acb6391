// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops that only carry bytes, a word at a time: from one place of linear memory to another, zeros into it, or between it and the memory that an Extism plugin
// shares with its host.
//
// A guest that was compiled without WebAssembly's bulk memory has its memcpy and memset as such loops, and a plugin's kit has no other way: it calls load_u64, store_u64
// or one of their like for every eight bytes, whose thunks do their work inside the island (lower/shared_memory) and still look up the window and check the place in it each time.
//
// In:   optimised functions of generated C; those thunks are not inlined yet. What is looked at are loops of one block with nothing in them but a load and a store of
//       linear memory, a store of zero, or such a call and one access of the same width, all of which go ahead by that width.
// Out:  the same functions; before such a loop stands, if it is worth it, what does as many of its turns as are certain to go well, but never the last one, at once:
//       memmove, memset, or
//
//           done = w2c_h_b<import>(token, first place, address of the first byte, turns at most)
//
//       and the loop, which is as it was, begins with turn `done`. So all that its end decides (values that are used behind it, traps, what is read beyond
//       the window) is decided by the loop itself.
//
// Turns at most: the number of times that the loop goes back, no more than lead up to the memory's size of this moment, and none that would lead a 32-bit index
// past 2^32. Memories only grow, and nothing in the loop can make them. How much of the window is left is looked at by the function that is called, in the island's shim.
// Where a later load of the loop would see what an earlier store of it wrote, none is done at once.
//
// Not handled: several words a turn, and loops that count down.

#include <cstdint>
#include <vector>

#include <llvm/IR/PassManager.h>

#include "native/backend/widen_vectors.hpp"

namespace ingot::compiler::native::backend {

/// A thunk that carries a word, and who carries many.
struct CopyingImport {
  std::string thunk, copies;  ///< names of functions
  std::uint64_t bytes = 0;    ///< of a word: 1 or 8
  bool stores = false;        ///< into the shared memory, rather than out of it
};

/// Reads what lower/shared_memory writes into the C, and removes it from the module. None, if the module calls none.
std::vector<CopyingImport> take_copying_imports(llvm::Module& module);

class CopyLoopsPass : public llvm::PassInfoMixin<CopyLoopsPass> {
 public:
  /// Both outlive the pass.
  CopyLoopsPass(const MemoryLayout& layout, const std::vector<CopyingImport>& imports) : layout_(layout), imports_(imports) {}
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

 private:
  const MemoryLayout& layout_;
  const std::vector<CopyingImport>& imports_;
};

}  // namespace ingot::compiler::native::backend
