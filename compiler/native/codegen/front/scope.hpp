// SPDX-License-Identifier: Apache-2.0
#pragma once
// The names of one function: its variables, each a place on its frame, and its labels.

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/BasicBlock.h>
#include <llvm/IR/Instructions.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "native/codegen/front/value.hpp"

namespace ingot::compiler::native::codegen::front {

struct Variable {
  llvm::AllocaInst* place = nullptr;
  Type type = Type::none;
};

class Scope {
 public:
  explicit Scope(llvm::Function& function) : function_(function) {}

  /// "var_i3", "var_l12". Null when there is no such name, or nothing declared it.
  const Variable* variable(std::string_view name);
  bool declare(std::string_view name, const Variable& variable);
  /// "var_B3", "var_L3", "var_Bfunc": made when first mentioned. Null when this is no label's name.
  llvm::BasicBlock* label(std::string_view name);

 private:
  struct Key {
    std::size_t letter;
    std::size_t number;
  };
  static std::optional<Key> key_of(std::string_view name, std::string_view letters);

  llvm::Function& function_;
  std::array<std::vector<Variable>, 6> variables_;
  std::array<std::vector<llvm::BasicBlock*>, 2> labels_;
  llvm::BasicBlock* end_ = nullptr;
};

}  // namespace ingot::compiler::native::codegen::front
