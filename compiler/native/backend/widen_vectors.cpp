// SPDX-License-Identifier: Apache-2.0
#include "native/backend/widen_vectors.hpp"

#include <set>

#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/SimplifyQuery.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include "native/backend/widen_accesses.hpp"
#include "native/backend/widen_loop.hpp"
#include "native/backend/widen_pairs.hpp"

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

// A hostile guest must not make the pass slow: its work grows with the square of these at most.
constexpr std::size_t body_instructions_max = 1000;  // of one loop; also bounds recursion
constexpr unsigned widened_loops_max = 100;          // of one function

constexpr const char* layout_name = "ingot_memory_layout";

bool has_vectors(const BasicBlock& body) {
  for (const Instruction& instruction : body) {
    if ((isa<LoadInst>(instruction) || isa<StoreInst>(instruction)) && isa<FixedVectorType>(getLoadStoreType(&instruction))) return true;
  }
  return false;
}

/// The end of a loop over a 32-bit index that has become a 64-bit one is written as a test of the low 32 bits without those that are known
/// to be zero; scalar evolution counts such a loop only when it sees the 32-bit index.
bool plain_end(Loop& loop, const DataLayout& layout) {
  auto* branch = dyn_cast<BranchInst>(loop.getHeader()->getTerminator());
  if (branch == nullptr || !branch->isConditional()) return false;
  auto* compare = dyn_cast<ICmpInst>(branch->getCondition());
  using namespace PatternMatch;
  Value* index = nullptr;
  const APInt* mask = nullptr;
  if (compare == nullptr || !compare->isEquality() || !match(compare->getOperand(1), m_Zero()) ||
      !match(compare->getOperand(0), m_And(m_Value(index), m_APInt(mask))) || !index->getType()->isIntegerTy(64)) {
    return false;
  }
  const APInt low = APInt::getLowBitsSet(64, 32);
  if (!mask->isSubsetOf(low) || !MaskedValueIsZero(index, low & ~*mask, SimplifyQuery(layout, branch))) return false;
  IRBuilder<> builder(compare);
  branch->setCondition(builder.CreateICmp(compare->getPredicate(), builder.CreateTrunc(index, builder.getInt32Ty()), builder.getInt32(0)));
  return true;
}

/// Cheap, and no for almost every function.
bool may_have_loops_of_vectors(Function& function) {
  for (BasicBlock& block : function) {
    if (is_contained(successors(&block), &block) && has_vectors(block)) return true;
  }
  return false;
}

class Function256 {
 public:
  Function256(Function& function, FunctionAnalysisManager& analyses, const MemoryLayout& layout, bool explain)
      : function_(function), layout_(layout), explain_(explain), assumptions_(analyses.getResult<AssumptionAnalysis>(function)),
        library_(analyses.getResult<TargetLibraryAnalysis>(function)) {}

  bool run() {
    bool changed = false;
    for (unsigned loops = 0; loops < widened_loops_max && one(); ++loops) changed = true;
    return changed || touched_;
  }

 private:
  /// Widens the next loop that can be; all analyses are made again for the one after it.
  bool one() {
    DominatorTree dominators(function_);
    LoopInfo loops(dominators);
    ScalarEvolution evolution(function_, library_, assumptions_, dominators, loops);
    for (Loop* loop : loops.getLoopsInPreorder()) {
      if (!loop->isInnermost() || loop->getNumBlocks() != 1 || !has_vectors(*loop->getHeader())) continue;
      if (findOptionMDForLoop(loop, "llvm.loop.isvectorized") != nullptr) continue;
      if (!seen_.insert(loop->getHeader()).second) continue;
      std::string why;
      const bool done = widen(*loop, dominators, loops, evolution, why);
      if (explain_) errs() << function_.getName() << ": a loop of vectors " << (done ? "is widened" : "stays: " + why) << "\n";
      if (done) return true;
    }
    return false;
  }

  bool widen(Loop& loop, DominatorTree& dominators, LoopInfo& loops, ScalarEvolution& evolution, std::string& why) {
    if (loop.getHeader()->size() > body_instructions_max) {
      why = "too many instructions";
      return false;
    }
    if (simplifyLoop(&loop, &dominators, &loops, &evolution, &assumptions_, nullptr, false)) touched_ = true;
    if (!loop.isLoopSimplifyForm() || loop.getNumBlocks() != 1 || loop.getExitBlock() == nullptr) return false;
    if (formLCSSA(loop, dominators, &loops, &evolution)) touched_ = true;
    if (plain_end(loop, function_.getDataLayout())) {
      touched_ = true;
      evolution.forgetLoop(&loop);
    }
    Argument& instance = *function_.getArg(0);
    const auto accesses = accesses_of(loop, evolution, instance, layout_.distance);
    if (!accesses) {
      why = "an access that is not to guest memory or does not advance by a constant";
      return false;
    }
    const auto plan = plan_of(loop, evolution, *accesses, why);
    if (!plan || !widen_loop(loop, evolution, *accesses, *plan, instance, layout_, why)) return false;
    return true;
  }

  Function& function_;
  const MemoryLayout& layout_;
  bool explain_;
  AssumptionCache& assumptions_;
  TargetLibraryInfo& library_;
  std::set<BasicBlock*> seen_;
  bool touched_ = false;
};

}  // namespace

WidenVectorsPass::WidenVectorsPass(MemoryLayout layout, bool explain) : layout_(std::move(layout)), explain_(explain) {}

PreservedAnalyses WidenVectorsPass::run(Function& function, FunctionAnalysisManager& analyses) {
  if (layout_.distance == 0 || !function.getName().starts_with(layout_.function_prefix) || function.arg_empty() ||
      !function.getArg(0)->getType()->isPointerTy() || !may_have_loops_of_vectors(function)) {
    return PreservedAnalyses::all();
  }
  return Function256(function, analyses, layout_, explain_).run() ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

std::optional<MemoryLayout> take_memory_layout(Module& module) {
  GlobalVariable* variable = module.getGlobalVariable(layout_name, true);
  if (variable == nullptr || !variable->hasInitializer()) return std::nullopt;
  const auto* values = dyn_cast<ConstantDataArray>(variable->getInitializer());
  if (values == nullptr || values->getNumElements() != 2 || !values->getElementType()->isIntegerTy(64)) return std::nullopt;
  MemoryLayout layout{values->getElementAsInteger(0), values->getElementAsInteger(1)};
  removeFromUsedLists(module, [variable](Constant* used) { return used->stripPointerCasts() == variable; });
  if (variable->use_empty()) variable->eraseFromParent();
  return layout;
}

void widen_vectors(Module& module, TargetMachine& machine, const MemoryLayout& layout) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  functions.registerPass([&] { return TargetLibraryAnalysis(TargetLibraryInfoImpl(module.getTargetTriple())); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  FunctionPassManager tidy;
  tidy.addPass(EarlyCSEPass());
  tidy.addPass(InstCombinePass(InstCombineOptions().setMaxIterations(1).setVerifyFixpoint(false)));
  tidy.addPass(SimplifyCFGPass());
  WidenVectorsPass widen(layout);
  for (Function& function : module) {
    if (function.isDeclaration()) continue;
    const PreservedAnalyses kept = widen.run(function, functions);
    if (kept.areAllPreserved()) continue;
    functions.invalidate(function, kept);
    functions.invalidate(function, tidy.run(function, functions));
  }
}

}  // namespace ingot::compiler::native::backend
