// SPDX-License-Identifier: Apache-2.0
#include "native/backend/widen_operations.hpp"

#include <numeric>

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

/// The form on 256 bits of an x86 operation that works on each 128 bits by itself.
Intrinsic::ID wide_form(Intrinsic::ID narrow) {
  switch (narrow) {
    case Intrinsic::x86_ssse3_pshuf_b_128: return Intrinsic::x86_avx2_pshuf_b;
    case Intrinsic::x86_sse2_packsswb_128: return Intrinsic::x86_avx2_packsswb;
    case Intrinsic::x86_sse2_packssdw_128: return Intrinsic::x86_avx2_packssdw;
    case Intrinsic::x86_sse2_packuswb_128: return Intrinsic::x86_avx2_packuswb;
    case Intrinsic::x86_sse41_packusdw: return Intrinsic::x86_avx2_packusdw;
    case Intrinsic::x86_sse2_pmadd_wd: return Intrinsic::x86_avx2_pmadd_wd;
    case Intrinsic::x86_ssse3_pmadd_ub_sw_128: return Intrinsic::x86_avx2_pmadd_ub_sw;
    case Intrinsic::x86_ssse3_pmul_hr_sw_128: return Intrinsic::x86_avx2_pmul_hr_sw;
    case Intrinsic::x86_sse2_psad_bw: return Intrinsic::x86_avx2_psad_bw;
    case Intrinsic::x86_sse2_min_pd: return Intrinsic::x86_avx_min_pd_256;
    case Intrinsic::x86_sse2_max_pd: return Intrinsic::x86_avx_max_pd_256;
    case Intrinsic::x86_sse_min_ps: return Intrinsic::x86_avx_min_ps_256;
    case Intrinsic::x86_sse_max_ps: return Intrinsic::x86_avx_max_ps_256;
    case Intrinsic::x86_sse41_pblendvb: return Intrinsic::x86_avx2_pblendvb;
    case Intrinsic::x86_sse41_blendvpd: return Intrinsic::x86_avx_blendv_pd_256;
    case Intrinsic::x86_sse41_blendvps: return Intrinsic::x86_avx_blendv_ps_256;
    case Intrinsic::x86_sse41_round_pd: return Intrinsic::x86_avx_round_pd_256;
    case Intrinsic::x86_sse41_round_ps: return Intrinsic::x86_avx_round_ps_256;
    default: return Intrinsic::not_intrinsic;
  }
}

bool lanewise_constrained(Intrinsic::ID id) {
  switch (id) {
    case Intrinsic::experimental_constrained_fadd:
    case Intrinsic::experimental_constrained_fsub:
    case Intrinsic::experimental_constrained_fmul:
    case Intrinsic::experimental_constrained_fdiv:
    case Intrinsic::experimental_constrained_sqrt:
    case Intrinsic::experimental_constrained_fcmp:
    case Intrinsic::experimental_constrained_fcmps:
    case Intrinsic::experimental_constrained_ceil:
    case Intrinsic::experimental_constrained_floor:
    case Intrinsic::experimental_constrained_trunc:
    case Intrinsic::experimental_constrained_rint:
    case Intrinsic::experimental_constrained_nearbyint:
    case Intrinsic::experimental_constrained_roundeven:
    case Intrinsic::experimental_constrained_fptrunc:
    case Intrinsic::experimental_constrained_fpext:
    case Intrinsic::experimental_constrained_sitofp:
    case Intrinsic::experimental_constrained_uitofp:
    case Intrinsic::experimental_constrained_fptosi:
    case Intrinsic::experimental_constrained_fptoui: return true;
    default: return false;
  }
}

bool ignores_exceptions(const Instruction& instruction) {
  const auto* call = dyn_cast<ConstrainedFPIntrinsic>(&instruction);
  return call != nullptr && call->getExceptionBehavior() == fp::ebIgnore;
}

bool vectors_only(const Instruction& instruction) {
  for (unsigned i = 0; i < operands_of(instruction); ++i) {
    if (!isa<FixedVectorType>(instruction.getOperand(i)->getType())) return false;
  }
  return isa<FixedVectorType>(instruction.getType());
}

/// Where `mask`, of two vectors of n lanes, finds its lanes in two doubled ones, for the low or the high half of the result.
void spread(ArrayRef<int> mask, int lanes, bool high, SmallVectorImpl<int>& result) {
  for (const int lane : mask) {
    result.push_back(lane < 0 ? lane : (lane < lanes ? lane : lane + lanes) + (high ? lanes : 0));
  }
}

}  // namespace

Type* doubled(Type* type) {
  auto* vector = dyn_cast<FixedVectorType>(type);
  return vector == nullptr ? type : FixedVectorType::get(vector->getElementType(), vector->getNumElements() * 2);
}

unsigned operands_of(const Instruction& instruction) {
  const auto* call = dyn_cast<CallBase>(&instruction);
  return call != nullptr ? call->arg_size() : instruction.getNumOperands();
}

bool has_no_effect(const Instruction& instruction) {
  return !instruction.mayHaveSideEffects() || ignores_exceptions(instruction) || instruction.isDebugOrPseudoInst();
}

bool widenable(const Instruction& instruction) {
  if (const auto* call = dyn_cast<IntrinsicInst>(&instruction)) {
    const Intrinsic::ID id = call->getIntrinsicID();
    return isa<FixedVectorType>(call->getType()) && !call->hasOperandBundles() &&
           ((lanewise_constrained(id) && ignores_exceptions(*call)) || isTriviallyVectorizable(id) || wide_form(id) != Intrinsic::not_intrinsic);
  }
  if (isa<SelectInst>(instruction)) return isa<FixedVectorType>(instruction.getType());
  return (isa<BinaryOperator>(instruction) || isa<UnaryOperator>(instruction) || isa<CastInst>(instruction) || isa<CmpInst>(instruction) ||
          isa<ShuffleVectorInst>(instruction) || isa<FreezeInst>(instruction)) &&
         vectors_only(instruction) && !instruction.getType()->getScalarType()->isPointerTy();
}

bool same_operation(const Instruction& low, const Instruction& high) {
  if (&low == &high) return true;
  if (low.getOpcode() != high.getOpcode() || low.getType() != high.getType() || low.getNumOperands() != high.getNumOperands()) return false;
  for (unsigned i = 0; i < operands_of(low); ++i) {
    if (low.getOperand(i)->getType() != high.getOperand(i)->getType()) return false;
  }
  if (const auto* compare = dyn_cast<CmpInst>(&low)) return compare->getPredicate() == cast<CmpInst>(high).getPredicate();
  if (const auto* call = dyn_cast<CallInst>(&low)) return call->getCalledOperand() == cast<CallInst>(high).getCalledOperand();
  return true;
}

Value* concatenated(IRBuilderBase& builder, Value* low, Value* high) {
  SmallVector<int, 64> mask(2 * cast<FixedVectorType>(low->getType())->getNumElements());
  std::iota(mask.begin(), mask.end(), 0);
  return builder.CreateShuffleVector(low, high, mask);
}

Value* half(IRBuilderBase& builder, Value* wide, bool high) {
  const unsigned lanes = cast<FixedVectorType>(wide->getType())->getNumElements() / 2;
  SmallVector<int, 32> mask(lanes);
  std::iota(mask.begin(), mask.end(), high ? lanes : 0);
  return builder.CreateShuffleVector(wide, mask);
}

Value* widened(IRBuilderBase& builder, const Instruction& low, const Instruction& high, ArrayRef<Value*> vectors) {
  if (const auto* shuffle = dyn_cast<ShuffleVectorInst>(&low)) {
    const int lanes = static_cast<int>(cast<FixedVectorType>(shuffle->getOperand(0)->getType())->getNumElements());
    SmallVector<int, 64> mask;
    spread(shuffle->getShuffleMask(), lanes, false, mask);
    spread(cast<ShuffleVectorInst>(high).getShuffleMask(), lanes, true, mask);
    return builder.CreateShuffleVector(vectors[0], vectors[1], mask);
  }
  Instruction* result = nullptr;
  if (const auto* call = dyn_cast<CallInst>(&low)) {
    SmallVector<Value*, 4> arguments;
    SmallVector<Type*, 4> types;
    for (Value* argument : call->args()) {
      arguments.push_back(argument->getType()->isVectorTy() ? vectors.front() : argument);
      if (argument->getType()->isVectorTy()) vectors = vectors.drop_front();
      types.push_back(arguments.back()->getType());
    }
    Module* module = builder.GetInsertBlock()->getModule();
    const Intrinsic::ID id = call->getIntrinsicID();
    Function* function = wide_form(id) != Intrinsic::not_intrinsic ? Intrinsic::getOrInsertDeclaration(module, wide_form(id))
                                                                  : Intrinsic::getOrInsertDeclaration(module, id, doubled(call->getType()), types);
    auto* wide = CallInst::Create(function, arguments);
    wide->setAttributes(call->getAttributes());
    result = wide;
  } else {
    result = low.clone();
    result->mutateType(doubled(low.getType()));
    for (Use& operand : result->operands()) {
      if (!operand->getType()->isVectorTy()) continue;
      operand.set(vectors.front());
      vectors = vectors.drop_front();
    }
    result->dropUnknownNonDebugMetadata();
    result->setDebugLoc(DebugLoc());
  }
  result->andIRFlags(&high);
  return builder.Insert(result);
}

}  // namespace ingot::compiler::native::backend
