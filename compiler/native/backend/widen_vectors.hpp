// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops of guest code over WebAssembly's 128-bit vectors, run on the 256-bit registers of x86-64-v3.

#include <cstdint>
#include <string>

#include <llvm/IR/PassManager.h>

namespace ingot::compiler::native::backend {

/// Where generated code finds its linear memory: what the C translator's output and ingot/abi.h say of the instance struct.
struct MemoryLayout {
  std::uint64_t distance = 0;     ///< from the instance's first byte to the memory's, INGOT_MEMORY_DISTANCE; 0: there is no such memory
  std::uint64_t size_offset = 0;  ///< from the instance's first byte to the 64-bit field that holds the memory's current size in bytes
  std::string function_prefix = "w2c_m_";  ///< functions whose names begin so take the instance as their first argument
};

class WidenVectorsPass : public llvm::PassInfoMixin<WidenVectorsPass> {
 public:
  explicit WidenVectorsPass(MemoryLayout layout, bool explain = false);
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

 private:
  MemoryLayout layout_;
  bool explain_;
};

}  // namespace ingot::compiler::native::backend
