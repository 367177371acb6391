// SPDX-License-Identifier: Apache-2.0
#include "native/backend/widen_pairs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IntrinsicInst.h>

#include "native/backend/guest_accesses.hpp"
#include "native/backend/widen_operations.hpp"

namespace ingot::compiler::native::backend {
namespace {

using namespace llvm;

constexpr std::size_t phis_max = 16;  // each may be tried with each

class Planner {
 public:
  Planner(const Loop& loop, ScalarEvolution& evolution, const Accesses& accesses, unsigned iterations, std::string& why)
      : loop_(loop), evolution_(evolution), accesses_(accesses), body_(*loop.getHeader()), why_(why) {
    plan_.iterations = iterations;
    unsigned position = 0;
    for (const Instruction& instruction : body_) position_[&instruction] = position++;
  }

  std::optional<Plan> plan() {
    if (!sums() || !stores() || !phis() || !schedule() || !memory_in_order()) return std::nullopt;
    return std::move(plan_);
  }

 private:
  bool fail(const char* reason, const Value* value = nullptr) {
    why_ = reason;
    if (value != nullptr) {
      raw_string_ostream stream(why_);
      stream << ": " << *value;
    }
    return false;
  }
  Pair* none(const char* reason, const Value* value = nullptr) {
    fail(reason, value);
    return nullptr;
  }

  bool inside(const Value* value) const {
    const auto* instruction = dyn_cast<Instruction>(value);
    return instruction != nullptr && instruction->getParent() == &body_;
  }
  PHINode* phi_of(Value* value) const {
    auto* phi = dyn_cast<PHINode>(value);
    return phi != nullptr && phi->getParent() == &body_ ? phi : nullptr;
  }
  Value* next(const PHINode* phi) const { return phi->getIncomingValueForBlock(&body_); }
  bool counts(const PHINode& phi) const {
    if (!evolution_.isSCEVable(phi.getType())) return false;
    const auto* recurrence = dyn_cast<SCEVAddRecExpr>(evolution_.getSCEV(const_cast<PHINode*>(&phi)));
    return recurrence != nullptr && recurrence->getLoop() == &loop_ && recurrence->isAffine() &&
           isa<SCEVConstant>(recurrence->getOperand(1));
  }

  Pair* make(Pair::Kind kind, Instance low, Instance high, std::vector<Pair*> operands = {}) {
    plan_.pairs.push_back(std::make_unique<Pair>(Pair{kind, low, high, std::move(operands)}));
    return plan_.pairs.back().get();
  }

  // ---- what belongs together ----

  /// The value in the iteration that computes it.
  Instance resolved(Instance at) const {
    while (at.iteration > 0) {
      PHINode* phi = phi_of(at.value);
      if (phi == nullptr) break;
      at = {next(phi), at.iteration - 1};
    }
    return at;
  }

  Pair* match(Instance low, Instance high) {
    low = resolved(low);
    high = resolved(high);
    if (low.value->getType() != high.value->getType() || !isa<FixedVectorType>(low.value->getType())) {
      return none("not a vector", low.value);
    }
    const bool low_inside = inside(low.value), high_inside = inside(high.value);
    if (!low_inside) low.iteration = 0;
    if (!high_inside) high.iteration = 0;
    const Key key{low.value, low.iteration, high.value, high.iteration};
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    if (!low_inside && !high_inside) return known_[key] = make(Pair::Kind::invariant, low, high);
    if (!low_inside || !high_inside) return none("one half varies, the other does not", low.value);
    if (PHINode* phi = phi_of(low.value)) return match_phi(*phi, low, high, key);
    if (phi_of(high.value) != nullptr) return none("a phi in the high half only", high.value);

    auto* first = cast<Instruction>(low.value);
    auto* second = cast<Instruction>(high.value);
    if (isa<LoadInst>(first) && isa<LoadInst>(second)) return known_[key] = match_loads(low, high);
    if (!widenable(*first) || !same_operation(*first, *second)) return none("no operation for both halves", first);
    Pair* pair = known_[key] = make(Pair::Kind::operation, low, high);
    for (unsigned i = 0; i < operands_of(*first); ++i) {
      Value* a = first->getOperand(i);
      Value* b = second->getOperand(i);
      if (!a->getType()->isVectorTy()) {
        if (a != b || inside(a)) return none("a scalar operand that varies", first);
        continue;
      }
      Pair* operand = match({a, low.iteration}, {b, high.iteration});
      if (operand == nullptr) return nullptr;
      pair->operands.push_back(operand);
    }
    return pair;
  }

  using Key = std::tuple<Value*, unsigned, Value*, unsigned>;

  Pair* match_phi(PHINode& phi, Instance low, Instance high, const Key& key) {
    const unsigned last = plan_.iterations - 1;
    PHINode* other = phi_of(high.value);
    Pair* pair = known_[key] = make(other != nullptr ? Pair::Kind::carried : Pair::Kind::shifted, low, high);
    Pair* left = other != nullptr ? match({next(&phi), last}, {next(other), last}) : match(high, {next(&phi), last});
    if (left == nullptr) return nullptr;
    pair->operands.push_back(left);
    if (other != nullptr) carry(phi, left, false);
    carry(other != nullptr ? *other : phi, left, true);
    return pair;
  }

  void carry(PHINode& phi, Pair* pair, bool high) {
    if (carried_.insert(&phi).second) plan_.carries.push_back({&phi, pair, high});
  }

  Pair* match_loads(Instance low, Instance high) {
    const Access& first = accesses_.of(cast<Instruction>(low.value));
    const Access& second = accesses_.of(cast<Instruction>(high.value));
    if (first.range != second.range) return none("loads at no known distance", low.value);
    const std::int64_t distance = accesses_.at(second, high.iteration) - accesses_.at(first, low.iteration);
    if (distance == 0) return make(Pair::Kind::broadcast, low, high);
    if (distance != first.bytes) return none("loads that are not side by side", low.value);
    return make(Pair::Kind::load, low, high);
  }

  // ---- roots ----

  bool stores() {
    std::vector<const Access*> all;
    for (const Access& access : accesses_.all) {
      if (access.store) all.push_back(&access);
    }
    if (plan_.iterations == 1) {
      if (all.size() % 2 != 0) return fail("an odd number of stores");
      std::ranges::sort(all, {}, [](const Access* access) { return std::tuple(access->range, access->offset, access); });
    }
    for (std::size_t i = 0; i < all.size(); i += 3 - plan_.iterations) {
      const Access& first = *all[i];
      const Access& second = plan_.iterations == 1 ? *all[i + 1] : first;
      const Instance low{first.instruction, 0}, high{second.instruction, plan_.iterations - 1};
      if (!isa<FixedVectorType>(first.type) || first.type != second.type) return fail("a store of something else", first.instruction);
      if (first.range != second.range || accesses_.at(second, high.iteration) - accesses_.at(first, 0) != first.bytes) {
        return fail("stores that are not side by side", first.instruction);
      }
      Pair* stored = match({first.instruction->getOperand(0), 0}, {second.instruction->getOperand(0), high.iteration});
      if (stored == nullptr) return false;
      roots_.push_back(make(Pair::Kind::store, low, high, {stored}));
    }
    return true;
  }

  bool phis() {
    std::vector<PHINode*> open;
    for (const PHINode& phi : body_.phis()) {
      if (!counts(phi) && !carried_.contains(&phi)) open.push_back(const_cast<PHINode*>(&phi));
    }
    if (open.size() > phis_max) return fail("too many phis");
    for (PHINode* phi : open) {
      if (carried_.contains(phi)) continue;
      if (plan_.iterations == 2) {
        if (match({phi, 0}, {phi, 1}) == nullptr) return false;
        roots_.push_back(known_.at(key_of({phi, 0}, resolved({phi, 1}))));
        continue;
      }
      bool found = false;
      for (PHINode* other : open) {
        if (other == phi || carried_.contains(other) || other->getType() != phi->getType()) continue;
        const auto known = known_;
        const auto carried = carried_;
        const std::size_t carries = plan_.carries.size();
        Pair* pair = match({phi, 0}, {other, 0});
        if (pair == nullptr) {
          known_ = known;
          carried_ = carried;
          plan_.carries.resize(carries);
          continue;
        }
        roots_.push_back(pair);
        found = true;
        break;
      }
      if (!found) return fail("a phi that is carried in no known way", phi);
    }
    return true;
  }
  Key key_of(Instance low, Instance high) const { return {low.value, low.iteration, high.value, high.iteration}; }

  /// Phis that sum up: the phi, bitcasts, operations of one kind and back, each used once in the loop.
  bool sums() {
    for (const PHINode& constant_phi : body_.phis()) {
      auto& phi = const_cast<PHINode&>(constant_phi);
      auto* width = dyn_cast<FixedVectorType>(phi.getType());
      if (width == nullptr) continue;
      Sum sum{&phi, {}, nullptr, {}};
      std::vector<Value*> terms;
      Value* at = &phi;
      do {
        Instruction* user = only_user(at);
        if (user == nullptr) break;
        if (auto* binary = dyn_cast<BinaryOperator>(user)) {
          auto* type = cast<FixedVectorType>(binary->getType());
          if (!associates(binary->getOpcode()) || (sum.type != nullptr && (sum.type != type || sum.operation != binary->getOpcode()))) {
            at = nullptr;
            break;
          }
          sum.type = type;
          sum.operation = binary->getOpcode();
          terms.push_back(binary->getOperand(binary->getOperand(0) == at ? 1 : 0));
        } else if (!isa<BitCastInst>(user) || !isa<FixedVectorType>(user->getType())) {
          at = nullptr;
          break;
        }
        at = user;
      } while (at != next(&phi));
      if (at != next(&phi) || terms.empty() || only_user(at) != &phi) continue;
      if (plan_.iterations == 1 && terms.size() % 2 != 0) return fail("a sum of an odd number of terms", &phi);
      for (std::size_t i = 0; i < terms.size(); i += 3 - plan_.iterations) {
        Pair* term = match({terms[i], 0}, {terms[i + 2 - plan_.iterations], plan_.iterations - 1});
        if (term == nullptr) return false;
        sum.terms.push_back(term);
        roots_.push_back(term);
      }
      carried_.insert(&phi);
      plan_.sums.push_back(std::move(sum));
    }
    return true;
  }

  static bool associates(Instruction::BinaryOps operation) {
    return operation == Instruction::Add || operation == Instruction::Xor || operation == Instruction::And || operation == Instruction::Or;
  }

  /// The one user in the loop, once, or none.
  Instruction* only_user(Value* value) const {
    Instruction* result = nullptr;
    for (const Use& use : value->uses()) {
      auto* user = cast<Instruction>(use.getUser());
      if (user->getParent() != &body_) continue;
      if (result != nullptr) return nullptr;
      result = user;
    }
    return result;
  }

  // ---- order ----

  unsigned anchor(const Pair& pair) const {
    const unsigned first = position_.at(cast<Instruction>(pair.low.value)), second = position_.at(cast<Instruction>(pair.high.value));
    return pair.kind == Pair::Kind::store ? std::max(first, second) : std::min(first, second);
  }

  bool schedule() {
    // Only what the roots need.
    std::set<Pair*> needed;
    std::vector<Pair*> open = roots_;
    while (!open.empty()) {
      Pair* pair = open.back();
      open.pop_back();
      if (needed.insert(pair).second) open.insert(open.end(), pair->operands.begin(), pair->operands.end());
    }
    std::vector<std::pair<unsigned, Pair*>> anchored;  // by place in the body, then by when they were found
    std::vector<Pair*> others;
    bool wide_access = false;
    for (const auto& pair : plan_.pairs) {
      if (!needed.contains(pair.get())) continue;
      const bool memory = pair->kind == Pair::Kind::load || pair->kind == Pair::Kind::broadcast || pair->kind == Pair::Kind::store;
      wide_access = wide_access || (memory && pair->kind != Pair::Kind::broadcast);
      if (memory) {
        anchored.insert(std::ranges::upper_bound(anchored, anchor(*pair), {}, &std::pair<unsigned, Pair*>::first), {anchor(*pair), pair.get()});
      } else {
        others.push_back(pair.get());
      }
    }
    if (!wide_access) return fail("no access of twice the width");
    for (const auto& [place, pair] : anchored) {
      if (!emit(pair)) return false;
    }
    for (Pair* pair : others) {
      if (!emit(pair)) return false;
    }
    return true;
  }

  bool emit(Pair* pair) {
    if (emitted_.contains(pair)) return true;
    if (!open_.insert(pair).second) return fail("a value that depends on itself", pair->low.value);
    if (pair->kind != Pair::Kind::carried) {
      for (Pair* operand : pair->operands) {
        if (!emit(operand)) return false;
      }
    }
    emitted_.insert(pair);
    plan_.order.push_back(pair);
    return true;
  }

  /// Whatever two accesses of one range the widened loop makes in another order than the loop does must not touch the same byte. Accesses of
  /// different ranges are kept apart by a check before the loop.
  bool memory_in_order() {
    struct Event {
      const Access* access;
      unsigned iteration, position, turn;
    };
    std::vector<Event> events;
    unsigned place = 0;
    for (const Pair* pair : plan_.order) {
      ++place;
      if (pair->kind != Pair::Kind::load && pair->kind != Pair::Kind::broadcast && pair->kind != Pair::Kind::store) continue;
      for (const Instance& half : {pair->low, pair->high}) {
        const auto* instruction = cast<Instruction>(half.value);
        events.push_back({&accesses_.of(instruction), half.iteration, position_.at(instruction), place});
      }
    }
    for (const Event& a : events) {
      for (const Event& b : events) {
        if ((!a.access->store && !b.access->store) || a.access->range != b.access->range || a.turn < b.turn) continue;
        // a comes after b, or with it, in the widened loop.
        if (std::pair(a.iteration, a.position) >= std::pair(b.iteration, b.position)) continue;
        const std::int64_t from_a = accesses_.at(*a.access, a.iteration), from_b = accesses_.at(*b.access, b.iteration);
        if (from_a < from_b + b.access->bytes && from_b < from_a + a.access->bytes) return fail("accesses that must keep their order");
      }
    }
    return true;
  }

  const Loop& loop_;
  ScalarEvolution& evolution_;
  const Accesses& accesses_;
  const BasicBlock& body_;
  std::string& why_;
  Plan plan_;
  std::map<const Instruction*, unsigned> position_;
  std::map<Key, Pair*> known_;
  std::set<const PHINode*> carried_;
  std::vector<Pair*> roots_;
  std::set<Pair*> open_, emitted_;
};

/// Nothing in the body has an effect that the widened loop would not have.
bool only_known_effects(const Loop& loop, std::string& why) {
  for (const Instruction& instruction : *loop.getHeader()) {
    if (isa<PHINode>(instruction) || isa<LoadInst>(instruction) || isa<StoreInst>(instruction) || instruction.isTerminator() ||
        stands_for_trap(instruction)) {
      continue;
    }
    if (has_no_effect(instruction)) continue;
    raw_string_ostream(why) << "an effect: " << instruction;
    return false;
  }
  return true;
}

}  // namespace

std::optional<Plan> plan_of(const Loop& loop, ScalarEvolution& evolution, const Accesses& accesses, std::string& why) {
  if (!only_known_effects(loop, why)) return std::nullopt;
  std::string reasons;
  for (const unsigned iterations : {2u, 1u}) {
    if (auto plan = Planner(loop, evolution, accesses, iterations, why).plan()) return plan;
    reasons += (reasons.empty() ? "by iterations: " : "; within one: ") + why;
  }
  why = reasons;
  return std::nullopt;
}

}  // namespace ingot::compiler::native::backend
