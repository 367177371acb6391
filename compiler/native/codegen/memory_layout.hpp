// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the C says of the guest's linear memory, for passes that reason about guest addresses: the constant ingot_memory_layout, which
// lower/near_memory.cpp writes where the memory stands behind the instance.

#include <cstdint>

#include <llvm/IR/Module.h>

namespace ingot::compiler::native::codegen {

/// Counted from the instance's first byte, which is what the first argument of every guest function points to.
struct MemoryLayout {
  std::uint64_t distance = 0;     ///< of the memory's first byte; 0: the memory is elsewhere, there is none, or there are several
  std::uint64_t size_offset = 0;  ///< of the 64-bit field that holds the memory's size in bytes; it only ever grows
};

/// Reads the constant and removes it from the module.
MemoryLayout take_memory_layout(llvm::Module& module);

}  // namespace ingot::compiler::native::codegen
