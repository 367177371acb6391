// SPDX-License-Identifier: Apache-2.0
#include "native/backend/copy_loops.hpp"

#include <bit>
#include <optional>
#include <set>
#include <string>

#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include "native/backend/guest_accesses.hpp"
#include "native/backend/widen_accesses.hpp"

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

constexpr const char* imports_name = "ingot_copying_imports";
constexpr unsigned facts_per_import = 3;

// A hostile guest must not make the pass slow.
constexpr unsigned copy_loops_max = 100;             // of one function; analyses are made again for each
constexpr std::size_t body_instructions_max = 50;

constexpr std::uint64_t worth_bytes = 64;            // below that the loop itself is as fast

/// What a loop is that only carries: two of the last three, or a store of zero.
struct Carrier {
  const CopyingImport* import = nullptr;
  CallInst* call = nullptr;
  LoadInst* load = nullptr;
  StoreInst* store = nullptr;
  std::uint64_t word = 0;  ///< bytes
};

bool is_loop_of_one_block(const BasicBlock& block) { return is_contained(successors(&block), &block); }

bool may_have_copy_loops(Function& function) {
  for (BasicBlock& block : function) {
    if (block.size() > body_instructions_max || !is_loop_of_one_block(block)) continue;
    for (const Instruction& instruction : block) {
      if (isa<StoreInst>(instruction) || isa<LoadInst>(instruction)) return true;
    }
  }
  return false;
}

class CarryingLoops {
 public:
  CarryingLoops(Function& function, FunctionAnalysisManager& analyses, const MemoryLayout& layout, const std::vector<CopyingImport>& imports)
      : function_(function), instance_(*function.getArg(0)), layout_(layout), imports_(imports), assumptions_(analyses.getResult<AssumptionAnalysis>(function)),
        library_(analyses.getResult<TargetLibraryAnalysis>(function)) {}

  bool run() {
    for (unsigned loops = 0; loops < copy_loops_max && one(); ++loops) {
    }
    return touched_;
  }

 private:
  /// The next loop that was not looked at; all analyses are made again for the one after it.
  bool one() {
    DominatorTree dominators(function_);
    LoopInfo loops(dominators);
    ScalarEvolution evolution(function_, library_, assumptions_, dominators, loops);
    for (Loop* loop : loops.getLoopsInPreorder()) {
      if (!loop->isInnermost() || loop->getNumBlocks() != 1 || !seen_.insert(loop->getHeader()).second) continue;
      const auto carrier = carrier_of(*loop->getHeader());
      if (!carrier) continue;
      if (simplifyLoop(loop, &dominators, &loops, &evolution, &assumptions_, nullptr, false)) touched_ = true;
      if (!loop->isLoopSimplifyForm() || loop->getNumBlocks() != 1) continue;
      if (carrier->call != nullptr && !hoist_token(*loop, *carrier->call)) continue;
      if (put_copy_before(*loop, evolution, *carrier)) touched_ = true;
      return true;
    }
    return false;
  }

  const CopyingImport* import_of(const CallInst& call) const {
    const Function* called = call.getCalledFunction();
    if (called == nullptr) return nullptr;
    for (const CopyingImport& import : imports_) {
      if (called->getName() == import.thunk) return &import;
    }
    return nullptr;
  }

  std::optional<Carrier> carrier_of(BasicBlock& body) const {
    if (body.size() > body_instructions_max) return std::nullopt;
    Carrier found;
    const auto take = [](auto*& place, auto* what) {
      const bool first = place == nullptr;
      place = what;
      return first;
    };
    for (Instruction& instruction : body) {
      if (stands_for_trap(instruction) || is_token(instruction)) continue;
      bool good = true;
      if (auto* call = dyn_cast<CallInst>(&instruction); call != nullptr && import_of(*call) != nullptr) {
        good = take(found.call, call);
        found.import = import_of(*call);
      } else if (auto* load = dyn_cast<LoadInst>(&instruction)) {
        good = take(found.load, load);
      } else if (auto* store = dyn_cast<StoreInst>(&instruction)) {
        good = take(found.store, store);
      } else {
        good = !instruction.mayHaveSideEffects() && !instruction.mayReadFromMemory();
      }
      if (!good) return std::nullopt;
    }
    return carries(found) ? std::optional(found) : std::nullopt;
  }

  /// A field of the instance's struct as the first argument of a call: the import's token, which never changes.
  bool is_token(const Instruction& instruction) const {
    const auto* load = dyn_cast<LoadInst>(&instruction);
    if (load == nullptr || !load->isSimple() || !load->getType()->isPointerTy() || !load->hasOneUse()) return false;
    const auto* user = dyn_cast<CallInst>(load->user_back());
    if (user == nullptr || import_of(*user) == nullptr || user->getArgOperand(0) != load) return false;
    APInt offset(64, 0);
    const Value* base = load->getPointerOperand()->stripAndAccumulateConstantOffsets(function_.getDataLayout(), offset, true);
    return base == &instance_ && offset.ult(layout_.distance);
  }

  /// Is it what was loaded, by the call or from linear memory, that is stored, by the other?
  bool carries(Carrier& carrier) const {
    const Instruction* access = carrier.store != nullptr ? static_cast<Instruction*>(carrier.store) : carrier.load;
    if (access == nullptr) return false;
    carrier.word = function_.getDataLayout().getTypeStoreSize(getLoadStoreType(access)).getFixedValue();
    if (!std::has_single_bit(carrier.word) || carrier.word > 16) return false;
    if (carrier.call == nullptr) {
      if (carrier.store == nullptr) return false;
      const Value* value = carrier.store->getValueOperand();
      if (carrier.load != nullptr) return value == carrier.load;
      const auto* known = dyn_cast<Constant>(value);
      return known != nullptr && known->isNullValue();
    }
    if (carrier.call->arg_size() != (carrier.import->stores ? 3 : 2) || carrier.word != carrier.import->bytes || !getLoadStoreType(access)->isIntegerTy()) return false;
    const bool narrow = carrier.word < 4;  // then the call's is one of 32 bits
    if (carrier.import->stores) {
      if (carrier.load == nullptr || carrier.store != nullptr) return false;
      const Value* value = carrier.call->getArgOperand(2);
      if (!narrow) return value == carrier.load;
      const auto* extended = dyn_cast<ZExtInst>(value);
      return extended != nullptr && extended->getOperand(0) == carrier.load;
    }
    if (carrier.store == nullptr || carrier.load != nullptr) return false;
    const Value* value = carrier.store->getValueOperand();
    if (!narrow) return value == carrier.call;
    const auto* cut = dyn_cast<TruncInst>(value);
    return cut != nullptr && cut->getOperand(0) == carrier.call;
  }

  bool hoist_token(Loop& loop, CallInst& call) {
    auto* load = dyn_cast<LoadInst>(call.getArgOperand(0));
    if (load == nullptr || !loop.contains(load)) return loop.isLoopInvariant(call.getArgOperand(0));
    if (!loop.isLoopInvariant(load->getPointerOperand())) {
      auto* address = dyn_cast<Instruction>(load->getPointerOperand());
      if (address == nullptr || !loop.hasLoopInvariantOperands(address)) return false;
      address->moveBefore(loop.getLoopPreheader()->getTerminator()->getIterator());
    }
    load->moveBefore(loop.getLoopPreheader()->getTerminator()->getIterator());
    touched_ = true;
    return true;
  }

  /// An offset into the shared memory that goes ahead by a word in each turn: where it begins, and the 32-bit index that must not wrap for that.
  struct Place {
    const SCEV* start = nullptr;
    const SCEV* index_start = nullptr;  ///< null: it is counted in 64 bits
  };
  std::optional<Place> place_of(const SCEV* offset, const Loop& loop, ScalarEvolution& evolution, std::uint64_t step) const {
    const auto goes_ahead = [&](const SCEV* value) -> const SCEVAddRecExpr* {
      const auto* recurrence = dyn_cast<SCEVAddRecExpr>(value);
      if (recurrence == nullptr || !recurrence->isAffine() || recurrence->getLoop() != &loop) return nullptr;
      const auto* by = dyn_cast<SCEVConstant>(recurrence->getOperand(1));
      return by != nullptr && by->getAPInt() == step ? recurrence : nullptr;
    };
    if (const auto* recurrence = goes_ahead(offset)) return Place{recurrence->getStart(), nullptr};
    // Terms that do not vary, and one index of 32 bits.
    SmallVector<const SCEV*, 4> terms;
    if (const auto* sum = dyn_cast<SCEVAddExpr>(offset)) {
      terms.append(sum->operands().begin(), sum->operands().end());
    } else {
      terms.push_back(offset);
    }
    const SCEVAddRecExpr* index = nullptr;
    for (const SCEV*& term : terms) {
      if (evolution.isLoopInvariant(term, &loop)) continue;
      const auto* extended = dyn_cast<SCEVZeroExtendExpr>(term);
      if (extended == nullptr || index != nullptr || !extended->getOperand()->getType()->isIntegerTy(32)) return std::nullopt;
      index = goes_ahead(extended->getOperand());
      if (index == nullptr) return std::nullopt;
      term = evolution.getZeroExtendExpr(index->getStart(), offset->getType());
    }
    if (index == nullptr) return std::nullopt;
    return Place{evolution.getAddExpr(terms), index->getStart()};
  }

  /// How often the loop goes back at least; null: not known. 64 bits, or fewer.
  const SCEV* turns_of(Loop& loop, ScalarEvolution& evolution) const {
    const SCEV* exactly = evolution.getBackedgeTakenCount(&loop);
    if (!isa<SCEVCouldNotCompute>(exactly)) return evolution.getTypeSizeInBits(exactly->getType()) <= 64 ? exactly : nullptr;
    // It may never end, if the counter steps over its limit and around. It goes back while counter < limit: that often it does before the counter is near it.
    const auto* branch = dyn_cast<BranchInst>(loop.getHeader()->getTerminator());
    const auto* compare = branch != nullptr && branch->isConditional() ? dyn_cast<ICmpInst>(branch->getCondition()) : nullptr;
    if (compare == nullptr) return nullptr;
    CmpInst::Predicate stays = branch->getSuccessor(0) == loop.getHeader() ? compare->getPredicate() : compare->getInversePredicate();
    const SCEV* left = evolution.getSCEV(compare->getOperand(0));
    const SCEV* right = evolution.getSCEV(compare->getOperand(1));
    if (stays == CmpInst::ICMP_UGT) {
      std::swap(left, right);
      stays = CmpInst::ICMP_ULT;
    }
    const auto* counter = dyn_cast<SCEVAddRecExpr>(left);
    if (!left->getType()->isIntegerTy()) return nullptr;
    if (stays != CmpInst::ICMP_ULT || counter == nullptr || !counter->isAffine() || counter->getLoop() != &loop || !evolution.isLoopInvariant(right, &loop)) return nullptr;
    const auto* step = dyn_cast<SCEVConstant>(counter->getOperand(1));
    if (step == nullptr || !step->getAPInt().isStrictlyPositive() || evolution.getTypeSizeInBits(right->getType()) > 64) return nullptr;
    const SCEV* left_over = evolution.getMinusSCEV(evolution.getUMaxExpr(right, counter->getStart()), counter->getStart());
    return evolution.getUDivExpr(left_over, step);
  }

  bool put_copy_before(Loop& loop, ScalarEvolution& evolution, const Carrier& carrier) {
    const std::uint64_t word = carrier.word;
    const SCEV* turns = turns_of(loop, evolution);
    if (turns == nullptr) return false;
    if (const auto* known = dyn_cast<SCEVConstant>(turns); known != nullptr && known->getAPInt().ult(worth_bytes / word)) return false;
    const auto accesses = accesses_of(loop, evolution, instance_, layout_.distance);
    if (!accesses) return false;
    SmallVector<const SCEV*, 6> needed{turns};
    const auto first_of = [&](const Instruction* access) {
      const Access& known = accesses->of(access);
      return evolution.getAddExpr(accesses->ranges[known.range].start, evolution.getConstant(APInt(64, static_cast<std::uint64_t>(known.offset), true)));
    };
    for (const Range& range : accesses->ranges) {
      if (range.stride != static_cast<std::int64_t>(word)) return false;
    }
    // An index that is divided goes ahead by more than the address, and would wrap sooner than is looked at below.
    for (const Unwrapped& index : accesses->unwrapped) {
      if (index.step > word) return false;
    }
    std::optional<Place> place;
    if (carrier.call != nullptr) {
      place = place_of(evolution.getSCEV(carrier.call->getArgOperand(1)), loop, evolution, word);
      if (!place) return false;
      needed.push_back(place->start);
      if (place->index_start != nullptr) needed.push_back(place->index_start);
    }
    for (const Access& access : accesses->all) needed.push_back(first_of(access.instruction));
    for (const Unwrapped& index : accesses->unwrapped) needed.push_back(index.start);

    SmallVector<std::pair<PHINode*, APInt>, 4> counters;
    for (PHINode& phi : loop.getHeader()->phis()) {
      const auto* recurrence = dyn_cast<SCEVAddRecExpr>(evolution.getSCEV(&phi));
      if (!phi.getType()->isIntegerTy() || recurrence == nullptr || !recurrence->isAffine() || recurrence->getLoop() != &loop) return false;
      const auto* step = dyn_cast<SCEVConstant>(recurrence->getOperand(1));
      if (step == nullptr) return false;
      counters.emplace_back(&phi, step->getAPInt());
    }

    Instruction* at = loop.getLoopPreheader()->getTerminator();
    SCEVExpander expander(evolution, "carry");
    for (const SCEV* value : needed) {
      if (!expander.isSafeToExpandAt(value, at)) return false;
    }
    IRBuilder<> builder(at);
    // Frozen: what the loop would come to use later may be anything, and is looked at here already.
    const auto expand = [&](const SCEV* value) -> Value* { return builder.CreateFreeze(expander.expandCodeFor(value, value->getType(), at->getIterator())); };

    Type* i64 = builder.getInt64Ty();
    Type* i8 = builder.getInt8Ty();
    const unsigned shift = static_cast<unsigned>(std::countr_zero(word));
    // As often as the loop goes back: so the last turn is its own.
    Value* most = builder.CreateZExtOrTrunc(expand(turns), i64);
    const auto limit = [&](Value* bytes) { most = builder.CreateBinaryIntrinsic(Intrinsic::umin, most, builder.CreateLShr(bytes, shift)); };
    const auto stay_below_2_32 = [&](const SCEV* start, std::uint64_t ahead) {
      Value* first = builder.CreateAdd(builder.CreateZExt(expand(start), i64), builder.getInt64(ahead));
      limit(builder.CreateBinaryIntrinsic(Intrinsic::usub_sat, builder.getInt64(std::uint64_t{1} << 32), first));
    };
    Value* size = builder.CreateAlignedLoad(i64, builder.CreateGEP(i8, &instance_, builder.getInt64(layout_.size_offset)), Align(8), "memory.size");
    for (const Unwrapped& index : accesses->unwrapped) stay_below_2_32(index.start, index.reach);
    if (place && place->index_start != nullptr) stay_below_2_32(place->index_start, 0);
    const auto first_byte = [&](const Instruction* access) -> Value* {
      Value* first = expand(first_of(access));
      limit(builder.CreateBinaryIntrinsic(Intrinsic::usub_sat, size, first));
      return first;
    };
    Value* from = carrier.load != nullptr ? first_byte(carrier.load) : nullptr;
    Value* to = carrier.store != nullptr ? first_byte(carrier.store) : nullptr;
    const auto address = [&](Value* first) { return builder.CreateGEP(i8, &instance_, builder.CreateAdd(first, builder.getInt64(layout_.distance))); };
    Value* place_start = place ? expand(place->start) : nullptr;
    Value* worth = builder.CreateICmpUGE(most, builder.getInt64(worth_bytes / word));
    if (from != nullptr && to != nullptr) {
      // No store may hit what a later turn loads. One before it does not: a turn's store ends before the next turn's load begins.
      Value* apart = builder.CreateICmpUGE(builder.CreateSub(to, from), builder.CreateShl(most, shift));
      worth = builder.CreateAnd(worth, apart);
    }

    BasicBlock* before = at->getParent();
    Instruction* then = SplitBlockAndInsertIfThen(worth, at->getIterator(), false);
    builder.SetInsertPoint(then);
    Value* did = most;
    CallInst* call = nullptr;
    if (carrier.call != nullptr) {
      call = builder.CreateCall(copying_function(*carrier.import), {carrier.call->getArgOperand(0), place_start, address(from != nullptr ? from : to), most}, "carried");
      call->setDebugLoc(carrier.call->getDebugLoc());
      did = call;
    } else if (from != nullptr) {
      call = builder.CreateMemMove(address(to), Align(1), address(from), Align(1), builder.CreateShl(most, shift));
      call->setDebugLoc(carrier.store->getDebugLoc());
    } else {
      call = builder.CreateMemSet(address(to), builder.getInt8(0), builder.CreateShl(most, shift), Align(1));
      call->setDebugLoc(carrier.store->getDebugLoc());
    }
    if (function_.hasFnAttribute(Attribute::StrictFP)) call->addFnAttr(Attribute::StrictFP);
    builder.SetInsertPoint(at);
    PHINode* done = builder.CreatePHI(i64, 2, "done");
    done->moveBefore(at->getParent()->begin());
    done->addIncoming(builder.getInt64(0), before);
    done->addIncoming(did, then->getParent());
    for (const auto& [phi, step] : counters) {
      const auto entry = static_cast<unsigned>(phi->getBasicBlockIndex(at->getParent()));
      Value* moved = builder.CreateMul(builder.CreateZExtOrTrunc(done, phi->getType()), ConstantInt::get(phi->getType(), step));
      phi->setIncomingValue(entry, builder.CreateAdd(phi->getIncomingValue(entry), moved));
    }
    return true;
  }

  FunctionCallee copying_function(const CopyingImport& import) const {
    Type* i64 = Type::getInt64Ty(function_.getContext());
    Type* pointer = instance_.getType();
    FunctionCallee callee = function_.getParent()->getOrInsertFunction(import.copies, FunctionType::get(i64, {pointer, i64, pointer, i64}, false));
    if (auto* declared = dyn_cast<Function>(callee.getCallee()); declared != nullptr && declared->isDeclaration()) {
      declared->setVisibility(GlobalValue::HiddenVisibility);
      declared->setDSOLocal(true);
      declared->setDoesNotThrow();
    }
    return callee;
  }

  Function& function_;
  Argument& instance_;
  const MemoryLayout& layout_;
  const std::vector<CopyingImport>& imports_;
  AssumptionCache& assumptions_;
  TargetLibraryInfo& library_;
  std::set<BasicBlock*> seen_;
  bool touched_ = false;
};

}  // namespace

std::vector<CopyingImport> take_copying_imports(Module& module) {
  GlobalVariable* variable = module.getGlobalVariable(imports_name, true);
  if (variable == nullptr || !variable->hasInitializer()) return {};
  const auto* facts = dyn_cast<ConstantDataArray>(variable->getInitializer());
  std::vector<CopyingImport> imports;
  if (facts != nullptr && facts->getElementType()->isIntegerTy(64)) {
    for (unsigned i = 0; i + facts_per_import <= facts->getNumElements(); i += facts_per_import) {
      const std::string number = std::to_string(facts->getElementAsInteger(i));
      imports.push_back({"w2c_h_f" + number, "w2c_h_b" + number, facts->getElementAsInteger(i + 1), facts->getElementAsInteger(i + 2) != 0});
    }
  }
  removeFromUsedLists(module, [variable](Constant* used) { return used->stripPointerCasts() == variable; });
  if (variable->use_empty()) variable->eraseFromParent();
  return imports;
}

PreservedAnalyses CopyLoopsPass::run(Function& function, FunctionAnalysisManager& analyses) {
  if (layout_.distance == 0 || !function.getName().starts_with(layout_.function_prefix) || function.arg_empty() || !function.getArg(0)->getType()->isPointerTy() ||
      !may_have_copy_loops(function)) {
    return PreservedAnalyses::all();
  }
  return CarryingLoops(function, analyses, layout_, imports_).run() ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}  // namespace ingot::compiler::native::backend
