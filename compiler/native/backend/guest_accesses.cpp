// SPDX-License-Identifier: Apache-2.0
#include "native/backend/guest_accesses.hpp"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Support/ModRef.h>

namespace ingot::compiler::native::backend {
namespace {

/// The statement is not said to return: what stands behind it is not certain to happen, so no trap or store there is moved in front of it.
void set_effects(llvm::CallInst& call) {
  call.setMemoryEffects(llvm::MemoryEffects::readOnly() | llvm::MemoryEffects::inaccessibleMemOnly());
  call.setDoesNotThrow();
}

void add_statement(llvm::Instruction& in_front_of, llvm::Value* operand) {
  llvm::SmallVector<llvm::Type*, 1> types;
  llvm::SmallVector<llvm::Value*, 1> operands;
  if (operand != nullptr) {
    types.push_back(operand->getType());
    operands.push_back(operand);
  }
  const char* constraint = operand == nullptr ? "" : operand->getType()->isIntOrPtrTy() ? "r" : "x";
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(in_front_of.getContext()), types, false);
  llvm::IRBuilder<> builder(&in_front_of);
  llvm::CallInst* call = builder.CreateCall(llvm::InlineAsm::get(type, "", constraint, true), operands);
  if (in_front_of.getFunction()->hasFnAttribute(llvm::Attribute::StrictFP)) call->addFnAttr(llvm::Attribute::StrictFP);
  set_effects(*call);
}

/// The load that a value is made from and from nothing else; null if there is no such load.
llvm::LoadInst* origin(llvm::Value* value) {
  while (auto* cast = llvm::dyn_cast<llvm::CastInst>(value)) value = cast->getOperand(0);
  return llvm::dyn_cast<llvm::LoadInst>(value);
}

}  // namespace

bool stands_for_trap(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  if (call == nullptr || !call->isInlineAsm() || call->arg_size() > 1 || !call->getType()->isVoidTy()) return false;
  return llvm::cast<llvm::InlineAsm>(call->getCalledOperand())->getAsmString().empty();
}

std::size_t free_accesses(llvm::Function& function) {
  std::size_t count = 0;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction); load != nullptr && load->isVolatile()) {
      load->setVolatile(false);
      add_statement(*load->getNextNode(), load);
    } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction); store != nullptr && store->isVolatile()) {
      store->setVolatile(false);
      add_statement(*store, nullptr);
    } else if (stands_for_trap(instruction)) {
      set_effects(llvm::cast<llvm::CallInst>(instruction));
    } else {
      continue;
    }
    ++count;
  }
  return count;
}

std::size_t pin_accesses(llvm::Function& function) {
  std::size_t count = 0;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      store->setVolatile(!llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(store->getPointerOperand())));
      continue;
    }
    if (!stands_for_trap(instruction)) continue;
    auto& call = llvm::cast<llvm::CallInst>(instruction);
    if (call.arg_size() == 1) {
      llvm::LoadInst* load = origin(call.getArgOperand(0));
      if (load == nullptr) continue;
      load->setVolatile(true);
    }
    call.eraseFromParent();
    ++count;
  }
  return count;
}

}  // namespace ingot::compiler::native::backend
