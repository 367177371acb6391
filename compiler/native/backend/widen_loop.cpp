// SPDX-License-Identifier: Apache-2.0
#include "native/backend/widen_loop.hpp"

#include <bit>
#include <map>

#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include "native/backend/widen_operations.hpp"

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

/// The widened loop's body does so many turns that it goes ahead by at least this: two registers' worth, so that one's operations hide the
/// latency of the other's and counting costs little. More was no faster for any of the kernels of bench/.
constexpr std::int64_t bytes_ahead = 64;

unsigned turns_of(const Accesses& accesses, const Plan& plan) {
  std::int64_t stride = 0;
  for (const Range& range : accesses.ranges) stride = std::max(stride, range.stride);
  return stride * static_cast<std::int64_t>(plan.iterations) < bytes_ahead ? 2 : 1;
}

class Widener {
 public:
  Widener(Loop& loop, ScalarEvolution& evolution, const Accesses& accesses, const Plan& plan, Argument& instance, const MemoryLayout& layout)
      : loop_(loop), evolution_(evolution), accesses_(accesses), plan_(plan), instance_(instance), layout_(layout),
        before_(*loop.getLoopPreheader()), body_(*loop.getHeader()), after_(*loop.getExitBlock()), context_(body_.getContext()),
        expander_(evolution, "wide"), builder_(context_), i64_(Type::getInt64Ty(context_)), i8_(Type::getInt8Ty(context_)),
        unrolled_(turns_of(accesses, plan)), step_(plan.iterations * unrolled_) {}

  bool possible(std::string& why) {
    count_ = evolution_.getBackedgeTakenCount(&loop_);
    if (isa<SCEVCouldNotCompute>(count_) || evolution_.getTypeSizeInBits(count_->getType()) > 64) return refuse(why, "no count of iterations");
    if (const auto* known = dyn_cast<SCEVConstant>(count_); known != nullptr && known->getAPInt().ult(2 * step_)) return refuse(why, "too few iterations");
    const Instruction* at = before_.getTerminator();
    if (!expander_.isSafeToExpandAt(count_, at)) return refuse(why, "the count of iterations cannot be computed before the loop");
    for (const Range& range : accesses_.ranges) {
      if (!expander_.isSafeToExpandAt(range.start, at)) return refuse(why, "an address cannot be computed before the loop");
    }
    for (const Unwrapped& index : accesses_.unwrapped) {
      if (!expander_.isSafeToExpandAt(index.start, at)) return refuse(why, "an index cannot be computed before the loop");
    }
    return true;
  }

  void run() {
    wide_ = BasicBlock::Create(context_, "wide", body_.getParent(), &body_);
    end_ = BasicBlock::Create(context_, "wide.end", body_.getParent(), &body_);
    rest_ = BasicBlock::Create(context_, "rest", body_.getParent(), &body_);
    builder_.SetInsertPoint(before_.getTerminator());
    exits();
    count();
    checks();
    body();
    finish();
    body_.getParent()->addFnAttr("min-legal-vector-width", "256");
  }

 private:
  static bool refuse(std::string& why, const char* reason) {
    why = reason;
    return false;
  }
  Value* number(std::uint64_t value) { return ConstantInt::get(i64_, value); }
  Value* expand(const SCEV* value) { return expander_.expandCodeFor(value, value->getType(), before_.getTerminator()->getIterator()); }

  // ---- before the loop ----

  /// What the phis behind the loop get if the widened loop does all iterations; if one cannot be told, the loop itself does the last one.
  void exits() {
    skips_ = true;
    for (PHINode& phi : after_.phis()) {
      Value* value = phi.getIncomingValueForBlock(&body_);
      if (known_at_end(value)) continue;
      skips_ = false;
    }
  }
  bool known_at_end(Value* value) {
    if (loop_.isLoopInvariant(value)) return true;
    for (const Carry& carry : plan_.carries) {
      if (carry.phi->getIncomingValueForBlock(&body_) == value) return true;
    }
    for (const Sum& sum : plan_.sums) {
      if (sum.phi->getIncomingValueForBlock(&body_) == value) return true;
    }
    return false;
  }

  void count() {
    backedges_ = builder_.CreateZExtOrTrunc(expand(count_), i64_);
    iterations_ = builder_.CreateAdd(backedges_, number(1));
    const unsigned shift = static_cast<unsigned>(std::countr_zero(step_));
    turns_ = builder_.CreateLShr(skips_ ? iterations_ : backedges_, shift);
    done_ = builder_.CreateShl(turns_, shift);
  }

  void require(Value* condition) { all_ = all_ == nullptr ? condition : builder_.CreateAnd(all_, condition); }

  /// REQUIRES of every term: none can wrap once the number of iterations is known to be below 2^32, since strides and offsets are small.
  void checks() {
    require(builder_.CreateICmpUGE(backedges_, number(2 * step_)));
    require(builder_.CreateICmpULT(backedges_, number(std::uint64_t{1} << 32)));
    for (const Unwrapped& index : accesses_.unwrapped) {
      Value* start = builder_.CreateZExt(expand(index.start), i64_);
      Value* last = builder_.CreateAdd(builder_.CreateAdd(start, number(index.reach)), builder_.CreateMul(backedges_, number(index.step)));
      require(builder_.CreateICmpULT(last, number(std::uint64_t{1} << 32)));
    }
    Value* size = builder_.CreateAlignedLoad(i64_, builder_.CreateGEP(i8_, &instance_, number(layout_.size_offset)), Align(8), "memory.size");
    for (const Range& range : accesses_.ranges) {
      Value* first = builder_.CreateAdd(expand(range.start), number(static_cast<std::uint64_t>(range.low)));
      Value* length = builder_.CreateAdd(builder_.CreateMul(backedges_, number(static_cast<std::uint64_t>(range.stride))),
                                         number(static_cast<std::uint64_t>(range.high - range.low)));
      require(builder_.CreateICmpULE(length, size));
      require(builder_.CreateICmpULE(first, builder_.CreateSub(size, length)));
      firsts_.push_back(first);
      lasts_.push_back(builder_.CreateAdd(first, length));
      bases_.push_back(nullptr);
    }
    for (std::size_t a = 0; a < firsts_.size(); ++a) {
      for (std::size_t b = a + 1; b < firsts_.size(); ++b) {
        if (!accesses_.ranges[a].stored && !accesses_.ranges[b].stored) continue;
        require(builder_.CreateOr(builder_.CreateICmpULE(lasts_[a], firsts_[b]), builder_.CreateICmpULE(lasts_[b], firsts_[a])));
      }
    }
  }

  // ---- the loop ----

  Value* base(unsigned range) {
    if (bases_[range] == nullptr) {
      const IRBuilderBase::InsertPointGuard guard(builder_);
      builder_.SetInsertPoint(before_.getTerminator());
      Value* memory = builder_.CreateGEP(i8_, &instance_, number(layout_.distance));
      bases_[range] = builder_.CreateGEP(i8_, memory, expand(accesses_.ranges[range].start));
    }
    return bases_[range];
  }

  std::int64_t advance(std::int64_t stride) const { return stride * static_cast<std::int64_t>(step_); }

  /// Bytes that accesses of this stride have advanced when a turn begins.
  Value* advanced(std::int64_t stride) {
    if (stride == 0) return number(0);
    if (const auto found = counters_.find(stride); found != counters_.end()) return found->second;
    const IRBuilderBase::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(wide_, wide_->begin());
    PHINode* counter = builder_.CreatePHI(i64_, 2);
    counter->addIncoming(number(0), &before_);
    return counters_[stride] = counter;
  }

  Value* address(const Instance& at, unsigned turn) {
    const Access& access = accesses_.of(cast<Instruction>(at.value));
    const std::int64_t stride = accesses_.stride(access);
    const std::int64_t constant = accesses_.at(access, at.iteration) + static_cast<std::int64_t>(turn * plan_.iterations) * stride;
    Value* pointer = builder_.CreateGEP(i8_, base(access.range), advanced(stride));
    return builder_.CreateGEP(i8_, pointer, number(static_cast<std::uint64_t>(constant)));
  }

  Value* outside(Value* low, Value* high) {
    const IRBuilderBase::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(before_.getTerminator());
    return concatenated(builder_, low, high);
  }
  Value* initial(const Instance& phi) { return cast<PHINode>(phi.value)->getIncomingValueForBlock(&before_); }

  PHINode* wide_phi(Value* start) {
    const IRBuilderBase::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(wide_, wide_->begin());
    PHINode* phi = builder_.CreatePHI(start->getType(), 2);
    phi->addIncoming(start, &before_);
    return phi;
  }

  using Values = std::map<const Pair*, Value*>;

  Value* value(const Pair& pair, unsigned turn, Values& now, const Values& previous) {
    switch (pair.kind) {
      case Pair::Kind::invariant: {
        auto [found, fresh] = outside_.try_emplace(&pair, nullptr);
        if (fresh) found->second = outside(pair.low.value, pair.high.value);
        return found->second;
      }
      case Pair::Kind::load:
      case Pair::Kind::broadcast: {
        const auto* load = cast<LoadInst>(pair.low.value);
        const bool one = pair.kind == Pair::Kind::broadcast;
        const Align align = std::min(load->getAlign(), cast<LoadInst>(pair.high.value)->getAlign());
        Value* loaded = builder_.CreateAlignedLoad(one ? load->getType() : doubled(load->getType()), address(pair.low, turn), align);
        return one ? concatenated(builder_, loaded, loaded) : loaded;
      }
      case Pair::Kind::store: {
        const Align align = std::min(cast<StoreInst>(pair.low.value)->getAlign(), cast<StoreInst>(pair.high.value)->getAlign());
        return builder_.CreateAlignedStore(now.at(pair.operands[0]), address(pair.low, turn), align);
      }
      case Pair::Kind::carried: {
        if (turn > 0) return previous.at(pair.operands[0]);
        PHINode* phi = wide_phi(outside(initial(pair.low), initial(pair.high)));
        loops_.push_back({phi, pair.operands[0]});
        return phi;
      }
      case Pair::Kind::shifted: {
        Value* left = nullptr;
        if (turn > 0) {
          left = previous.at(pair.operands[0]);
        } else {
          PHINode* phi = wide_phi(outside(PoisonValue::get(pair.low.value->getType()), initial(pair.low)));
          loops_.push_back({phi, pair.operands[0]});
          left = phi;
        }
        return concatenated(builder_, half(builder_, left, true), half(builder_, now.at(pair.operands[0]), false));
      }
      case Pair::Kind::operation: {
        SmallVector<Value*, 4> operands;
        for (const Pair* operand : pair.operands) operands.push_back(now.at(operand));
        return widened(builder_, *cast<Instruction>(pair.low.value), *cast<Instruction>(pair.high.value), operands);
      }
    }
    llvm_unreachable("a pair of no kind");
  }

  static Constant* neutral(Instruction::BinaryOps operation, Type* type) {
    return operation == Instruction::And ? Constant::getAllOnesValue(type) : Constant::getNullValue(type);
  }

  void body() {
    builder_.SetInsertPoint(wide_);
    for (const Sum& sum : plan_.sums) {
      const IRBuilderBase::InsertPointGuard guard(builder_);
      builder_.SetInsertPoint(before_.getTerminator());
      Value* start = builder_.CreateBitCast(initial({sum.phi, 0}), sum.type);
      sums_.push_back(wide_phi(outside(start, neutral(sum.operation, sum.type))));
      totals_.push_back(sums_.back());
    }
    Values previous;
    for (unsigned turn = 0; turn < unrolled_; ++turn) {
      Values now;
      for (const Pair* pair : plan_.order) now[pair] = value(*pair, turn, now, previous);
      for (std::size_t i = 0; i < plan_.sums.size(); ++i) {
        for (const Pair* term : plan_.sums[i].terms) totals_[i] = builder_.CreateBinOp(plan_.sums[i].operation, totals_[i], now.at(term));
      }
      previous = std::move(now);
    }
    last_ = std::move(previous);
    for (const auto& [phi, pair] : loops_) phi->addIncoming(last_.at(pair), wide_);
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i]->addIncoming(totals_[i], wide_);

    Value* more = nullptr;
    for (const auto& [stride, counter] : counters_) {
      Value* next = builder_.CreateAdd(counter, number(static_cast<std::uint64_t>(advance(stride))), "", true, true);
      cast<PHINode>(counter)->addIncoming(next, wide_);
      if (more != nullptr) continue;
      const IRBuilderBase::InsertPointGuard guard(builder_);
      builder_.SetInsertPoint(before_.getTerminator());
      Value* total = builder_.CreateMul(turns_, number(static_cast<std::uint64_t>(advance(stride))));
      builder_.restoreIP({wide_, wide_->end()});
      more = builder_.CreateICmpNE(next, total);
    }
    BranchInst* again = builder_.CreateCondBr(more, wide_, end_);
    MDNode* const marks[] = {nullptr, MDNode::get(context_, MDString::get(context_, "llvm.loop.unroll.disable")),
                             MDNode::get(context_, {MDString::get(context_, "llvm.loop.isvectorized"),
                                                    ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(context_), 1))})};
    SmallVector<Metadata*, 3> operands(marks, marks + 3);
    MDNode* id = MDNode::getDistinct(context_, operands);
    id->replaceOperandWith(0, id);
    again->setMetadata(LLVMContext::MD_loop, id);
  }

  // ---- behind it ----

  /// The phi's value when the widened loop ends.
  Value* left(PHINode& phi) {
    for (const Carry& carry : plan_.carries) {
      if (carry.phi == &phi) return half(builder_, last_.at(carry.pair), carry.high);
    }
    for (std::size_t i = 0; i < plan_.sums.size(); ++i) {
      if (plan_.sums[i].phi != &phi) continue;
      Value* sum = builder_.CreateBinOp(plan_.sums[i].operation, half(builder_, totals_[i], false), half(builder_, totals_[i], true));
      return builder_.CreateBitCast(sum, phi.getType());
    }
    const auto* recurrence = cast<SCEVAddRecExpr>(evolution_.getSCEV(&phi));
    const APInt& step = cast<SCEVConstant>(recurrence->getOperand(1))->getAPInt();
    Value* start = initial({&phi, 0});
    Type* type = phi.getType()->isPointerTy() ? i64_ : phi.getType();
    Value* moved = builder_.CreateMul(builder_.CreateZExtOrTrunc(done_, type), ConstantInt::get(type, step));
    return phi.getType()->isPointerTy() ? builder_.CreateGEP(i8_, start, moved) : builder_.CreateAdd(start, moved);
  }

  void finish() {
    builder_.SetInsertPoint(end_);
    std::map<PHINode*, Value*> values;
    for (PHINode& phi : body_.phis()) values[&phi] = left(phi);
    if (skips_) {
      builder_.CreateCondBr(builder_.CreateICmpEQ(done_, iterations_), &after_, rest_);
      for (PHINode& phi : after_.phis()) {
        Value* value = phi.getIncomingValueForBlock(&body_);
        for (auto& [carrier, result] : values) {
          if (carrier->getIncomingValueForBlock(&body_) == value) {
            value = result;
            break;
          }
        }
        phi.addIncoming(value, end_);
      }
    } else {
      builder_.CreateBr(rest_);
    }

    builder_.SetInsertPoint(rest_);
    for (PHINode& phi : body_.phis()) {
      PHINode* start = builder_.CreatePHI(phi.getType(), 2);
      start->addIncoming(initial({&phi, 0}), &before_);
      start->addIncoming(values.at(&phi), end_);
      const int entry = phi.getBasicBlockIndex(&before_);
      phi.setIncomingValue(static_cast<unsigned>(entry), start);
      phi.setIncomingBlock(static_cast<unsigned>(entry), rest_);
    }
    builder_.CreateBr(&body_);

    Instruction* jump = before_.getTerminator();
    builder_.SetInsertPoint(jump);
    builder_.CreateCondBr(builder_.CreateFreeze(all_), wide_, rest_, MDBuilder(context_).createLikelyBranchWeights());
    jump->eraseFromParent();
  }

  Loop& loop_;
  ScalarEvolution& evolution_;
  const Accesses& accesses_;
  const Plan& plan_;
  Argument& instance_;
  const MemoryLayout& layout_;
  BasicBlock &before_, &body_, &after_;
  LLVMContext& context_;
  SCEVExpander expander_;
  IRBuilder<> builder_;
  Type *i64_, *i8_;
  unsigned unrolled_;  ///< turns in the widened loop's body
  unsigned step_;  ///< iterations of the loop in one of the widened loop
  const SCEV* count_ = nullptr;
  BasicBlock *wide_ = nullptr, *end_ = nullptr, *rest_ = nullptr;
  bool skips_ = false;
  Value *backedges_ = nullptr, *iterations_ = nullptr, *turns_ = nullptr, *done_ = nullptr, *all_ = nullptr;
  std::vector<Value*> firsts_, lasts_, bases_, totals_;
  std::vector<PHINode*> sums_;
  std::map<std::int64_t, Value*> counters_;
  std::map<const Pair*, Value*> outside_;
  std::vector<std::pair<PHINode*, const Pair*>> loops_;
  Values last_;
};

}  // namespace

bool widen_loop(Loop& loop, ScalarEvolution& evolution, const Accesses& accesses, const Plan& plan, Argument& instance,
                const MemoryLayout& layout, std::string& why) {
  Widener widener(loop, evolution, accesses, plan, instance, layout);
  if (!widener.possible(why)) return false;
  widener.run();
  return true;
}

}  // namespace ingot::compiler::native::backend
