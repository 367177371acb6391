// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations that work on each half of a register by itself.

#include <llvm/ADT/ArrayRef.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>

namespace ingot::compiler::native::backend {

/// <n x T> for <2n x T>'s sake; other types stay.
llvm::Type* doubled(llvm::Type* type);

/// The operation does nothing but compute its result. (LLVM has floating-point operations under a rounding mode that it does not know write
/// the processor's state; with exceptions ignored that is nothing that anybody reads.)
bool has_no_effect(const llvm::Instruction& instruction);

/// The operation has no effect but its result, and a form on twice as many lanes whose halves do not meet.
bool widenable(const llvm::Instruction& instruction);

/// How many of the operands are values that the result depends on.
unsigned operands_of(const llvm::Instruction& instruction);

/// One wide operation can do both, given what `operands_of` counts.
bool same_operation(const llvm::Instruction& low, const llvm::Instruction& high);

/// The low halves in the low half of the result, the high ones in the high half; scalars twice the same are not doubled.
llvm::Value* concatenated(llvm::IRBuilderBase& builder, llvm::Value* low, llvm::Value* high);
llvm::Value* half(llvm::IRBuilderBase& builder, llvm::Value* wide, bool high);

/// What `low` computes in the low half and `high` in the high half. `vectors`: the doubled operands, in their order, without the scalars.
llvm::Value* widened(llvm::IRBuilderBase& builder, const llvm::Instruction& low, const llvm::Instruction& high,
                     llvm::ArrayRef<llvm::Value*> vectors);

}  // namespace ingot::compiler::native::backend
