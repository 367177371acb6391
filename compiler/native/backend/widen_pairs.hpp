// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which 128-bit operations of a loop become one 256-bit operation.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <llvm/IR/Instructions.h>

#include "native/backend/widen_accesses.hpp"

namespace ingot::compiler::native::backend {

/// A value in one of the iterations that one turn of the widened loop stands for.
struct Instance {
  llvm::Value* value;
  unsigned iteration;  ///< 0 or 1
  bool operator==(const Instance&) const = default;
};

/// Two values of the loop, in the low and in the high half of one register.
struct Pair {
  enum class Kind {
    invariant,  ///< neither varies in the loop
    operation,  ///< the same operation on pairs
    load,       ///< two loads side by side
    broadcast,  ///< one load, or two of the same address
    store,      ///< two stores side by side; the operand is what they store
    carried,    ///< two phis; the operand is the pair of what the next turn finds in them
    shifted,    ///< what the last iteration left, and what this turn's first one leaves; the operand is the pair that this turn leaves
  };
  Kind kind;
  Instance low, high;
  std::vector<Pair*> operands;  ///< one for each operand that is a vector
};

/// A phi that sums up over all iterations with one associative and commutative operation of integers.
struct Sum {
  llvm::PHINode* phi;
  llvm::Instruction::BinaryOps operation;
  llvm::FixedVectorType* type;  ///< what the operation works on; as wide as the phi
  std::vector<Pair*> terms;
};

/// What one phi of vectors is when the widened loop ends.
struct Carry {
  llvm::PHINode* phi;
  const Pair* pair;  ///< the half of this pair's last value
  bool high;
};

struct Plan {
  unsigned iterations;  ///< of the loop, in one turn of the widened one
  std::vector<Pair*> order;  ///< operands before users; loads and stores as the memory demands
  std::vector<Sum> sums;
  std::vector<Carry> carries;
  std::vector<std::unique_ptr<Pair>> pairs;
};

/// How the loop's body can run on vectors of twice the width, or nothing; `why` then says what stood in the way.
std::optional<Plan> plan_of(const llvm::Loop& loop, llvm::ScalarEvolution& evolution, const Accesses& accesses, std::string& why);

}  // namespace ingot::compiler::native::backend
