// SPDX-License-Identifier: Apache-2.0
#include "native/backend/widen_accesses.hpp"

#include <algorithm>

#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/DataLayout.h>

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

constexpr std::int64_t largest_stride = 1 << 20;  // keeps every product of the checks far below 2^64
constexpr std::size_t accesses_max = 64, ranges_max = 12;  // ranges are checked against each other, in code
constexpr std::int64_t largest_offset = std::int64_t{1} << 33;

std::optional<std::int64_t> constant(const SCEV* value) {
  const auto* known = dyn_cast<SCEVConstant>(value);
  if (known == nullptr || known->getAPInt().getSignificantBits() > 64) return std::nullopt;
  return known->getAPInt().getSExtValue();
}

/// A 32-bit index that advances with the loop, and its place among those that differ from it by a constant.
struct Index {
  const SCEVAddRecExpr* value;
  unsigned family;
  std::int64_t distance;
};

/// Families of 32-bit indices. Any two of one family differ by a constant modulo 2^32.
class Indices {
 public:
  Indices(const Loop& loop, ScalarEvolution& evolution) : loop_(loop), evolution_(evolution) {}

  bool add(const SCEV* offset) {
    bool good = true;
    struct Visitor {
      Indices& self;
      bool& good;
      bool follow(const SCEV* part) {
        if (const auto* extended = dyn_cast<SCEVZeroExtendExpr>(part)) {
          const auto* recurrence = dyn_cast<SCEVAddRecExpr>(extended->getOperand());
          if (recurrence != nullptr && recurrence->getLoop() == &self.loop_) {
            good = good && self.enter(*recurrence);
            return false;
          }
        }
        return true;
      }
      bool isDone() const { return !good; }
    } visitor{*this, good};
    visitAll(offset, visitor);
    return good;
  }

  /// One check for each family: the least member's index and how far the greatest is ahead of it.
  std::vector<Unwrapped> finish() {
    std::vector<Unwrapped> result;
    for (unsigned family = 0; family < families_.size(); ++family) {
      std::int64_t low = 0, high = 0;
      for (const Index& index : indices_) {
        if (index.family != family) continue;
        low = std::min(low, index.distance);
        high = std::max(high, index.distance);
      }
      Unwrapped& checked = families_[family];
      const auto shift = APInt(32, static_cast<std::uint32_t>(low));
      result.push_back({evolution_.getAddExpr(checked.start, evolution_.getConstant(shift)), checked.step,
                        static_cast<std::uint64_t>(high - low)});
      lows_.push_back(low);
    }
    checked_ = result;
    return result;
  }

  /// What zext(index) is while its family's check holds.
  const SCEV* extended(const SCEVAddRecExpr* value) {
    const auto found = std::ranges::find(indices_, value, &Index::value);
    if (found == indices_.end()) return nullptr;
    Type* wide = IntegerType::get(evolution_.getContext(), 64);
    const Unwrapped& family = checked_[found->family];
    const SCEV* start = evolution_.getAddExpr(evolution_.getZeroExtendExpr(family.start, wide),
                                              evolution_.getConstant(wide, static_cast<std::uint64_t>(found->distance - lows_[found->family])));
    return evolution_.getAddRecExpr(start, evolution_.getConstant(wide, family.step), &loop_, SCEV::FlagAnyWrap);
  }

 private:
  bool enter(const SCEVAddRecExpr& index) {
    if (std::ranges::find(indices_, &index, &Index::value) != indices_.end()) return true;
    if (!index.isAffine() || !index.getType()->isIntegerTy(32)) return false;
    const auto step = constant(index.getOperand(1));
    if (!step || *step <= 0 || *step > largest_stride) return false;
    for (unsigned family = 0; family < families_.size(); ++family) {
      if (families_[family].step != static_cast<std::uint64_t>(*step)) continue;
      if (const auto distance = constant(evolution_.getMinusSCEV(index.getStart(), families_[family].start))) {
        indices_.push_back({&index, family, *distance});
        return true;
      }
    }
    indices_.push_back({&index, static_cast<unsigned>(families_.size()), 0});
    families_.push_back({index.getStart(), static_cast<std::uint64_t>(*step), 0});
    return true;
  }

  const Loop& loop_;
  ScalarEvolution& evolution_;
  std::vector<Index> indices_;
  std::vector<Unwrapped> families_, checked_;
  std::vector<std::int64_t> lows_;
};

/// Replaces zext(index) by what it is while no index wraps.
class Unwrapper : public SCEVRewriteVisitor<Unwrapper> {
 public:
  Unwrapper(ScalarEvolution& evolution, Indices& indices) : SCEVRewriteVisitor(evolution), indices_(indices) {}
  const SCEV* visitZeroExtendExpr(const SCEVZeroExtendExpr* value) {
    if (const auto* index = dyn_cast<SCEVAddRecExpr>(value->getOperand())) {
      if (const SCEV* known = indices_.extended(index)) return known;
    }
    return SCEVRewriteVisitor::visitZeroExtendExpr(value);
  }

 private:
  Indices& indices_;
};

/// Enters the access in a range that it has a known distance from, or in one of its own.
void place(Access& access, const SCEV* start, std::int64_t stride, std::vector<Range>& ranges, ScalarEvolution& evolution) {
  for (access.range = 0; access.range < ranges.size(); ++access.range) {
    Range& range = ranges[access.range];
    if (range.stride != stride) continue;
    const auto distance = constant(evolution.getMinusSCEV(start, range.start));
    if (!distance || std::abs(*distance) > largest_offset) continue;
    access.offset = *distance;
    range.low = std::min(range.low, *distance);
    range.high = std::max(range.high, *distance + access.bytes);
    range.stored = range.stored || access.store;
    return;
  }
  access.offset = 0;
  ranges.push_back({start, stride, 0, access.bytes, access.store});
}

}  // namespace

std::optional<Accesses> accesses_of(const Loop& loop, ScalarEvolution& evolution, const Argument& instance, std::uint64_t distance) {
  const DataLayout& layout = instance.getParent()->getDataLayout();
  const SCEV* base = evolution.getSCEV(const_cast<Argument*>(&instance));
  Accesses result;
  Indices indices(loop, evolution);
  std::vector<const SCEV*> offsets;
  for (Instruction& instruction : *loop.getHeader()) {
    const auto* load = dyn_cast<LoadInst>(&instruction);
    const auto* store = dyn_cast<StoreInst>(&instruction);
    if (load == nullptr && store == nullptr) continue;
    if (load != nullptr ? !load->isSimple() : !store->isSimple()) return std::nullopt;
    if (result.all.size() == accesses_max) return std::nullopt;
    const SCEV* pointer = evolution.getSCEV(const_cast<Value*>(getLoadStorePointerOperand(&instruction)));
    if (evolution.getPointerBase(pointer) != base) return std::nullopt;
    const SCEV* offset = evolution.getMinusSCEV(evolution.removePointerBase(pointer),
                                                evolution.getConstant(APInt(64, distance)));
    if (!indices.add(offset)) return std::nullopt;
    offsets.push_back(offset);
    Type* type = getLoadStoreType(&instruction);
    result.index[&instruction] = static_cast<unsigned>(result.all.size());
    result.all.push_back({&instruction, type, store != nullptr, static_cast<std::int64_t>(layout.getTypeStoreSize(type).getFixedValue()), 0, 0});
  }
  result.unwrapped = indices.finish();

  Unwrapper unwrapper(evolution, indices);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const SCEV* offset = unwrapper.visit(offsets[i]);
    std::int64_t stride = 0;
    const SCEV* start = offset;
    if (!evolution.isLoopInvariant(offset, &loop)) {
      const auto* recurrence = dyn_cast<SCEVAddRecExpr>(offset);
      if (recurrence == nullptr || !recurrence->isAffine() || recurrence->getLoop() != &loop) return std::nullopt;
      const auto step = constant(recurrence->getOperand(1));
      if (!step || *step < 0 || *step > largest_stride) return std::nullopt;
      stride = *step;
      start = recurrence->getStart();
    }
    // A variable of the instance's, not guest memory: the check before the loop would only find it out later.
    if (const auto known = constant(start); known && *known < 0) return std::nullopt;
    place(result.all[i], start, stride, result.ranges, evolution);
    if (result.ranges.size() > ranges_max) return std::nullopt;
  }
  return result;
}

}  // namespace ingot::compiler::native::backend
