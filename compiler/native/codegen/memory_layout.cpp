// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/memory_layout.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

namespace ingot::compiler::native::codegen {

MemoryLayout take_memory_layout(llvm::Module& module) {
  llvm::GlobalVariable* constant = module.getGlobalVariable("ingot_memory_layout", /*AllowInternal=*/true);
  if (constant == nullptr || !constant->hasInitializer()) return {};
  MemoryLayout layout;
  const auto* values = llvm::dyn_cast<llvm::ConstantDataSequential>(constant->getInitializer());
  if (values != nullptr && values->getNumElements() == 2 && values->getElementByteSize() == 8) {
    layout = {values->getElementAsInteger(0), values->getElementAsInteger(1)};
  }
  llvm::removeFromUsedLists(module, [&](llvm::Constant* used) { return used->stripPointerCasts() == constant; });
  if (constant->use_empty()) constant->eraseFromParent();
  return layout;
}

}  // namespace ingot::compiler::native::codegen
