// SPDX-License-Identifier: Apache-2.0
#pragma once
// Expressions, from text to LLVM's instructions in one pass (C11, 6.5, as far as lower/nest and wasm2c write it).
// What is not known here makes the cursor fail; the function is then clang's to read.

#include <llvm/IR/IRBuilder.h>

#include "native/codegen/front/cursor.hpp"
#include "native/codegen/front/scope.hpp"
#include "native/codegen/front/surroundings.hpp"
#include "native/codegen/front/value.hpp"

namespace ingot::compiler::native::codegen::front {

/// What can be assigned to.
struct Place {
  llvm::Value* address = nullptr;
  Type type = Type::none;
  bool in_guest_memory = false;  ///< any alignment, and the access is made: it may trap
  llvm::Align alignment{1};
};

class Expressions {
 public:
  Expressions(const Surroundings& surroundings, llvm::Function& function, Scope& scope, Cursor& cursor, llvm::IRBuilder<>& builder)
      : surroundings_(surroundings), function_(function), scope_(scope), cursor_(cursor), builder_(builder) {}

  /// Nothing, when the cursor has failed or what is read has no value.
  Value expression();
  /// The rest of an expression that began with `first`.
  Value expression_from(Value first);
  /// The i1 of a condition; null when the cursor has failed.
  llvm::Value* condition();
  /// "instance->w2c_g0", "(*instance->w2c_x_g0)" or "*(ingot_at_u8*)(...)", if one of them is next.
  std::optional<Place> place();
  Value load(const Place& place);
  void store(const Place& place, const Value& value);
  /// "(&instance->w2c_memory)->data": of a memory that is not near the instance.
  llvm::Value* memory_data();

  void set_memory_base(llvm::Value* base) { memory_base_ = base; }

 private:
  Value fail() {
    cursor_.fail();
    return {};
  }
  Value as(const Value& value, Type type);
  Value conditional(const Value& condition);
  Value selected(llvm::Value* test, const Value& yes, const Value& no);
  Value binary(Value left, int weakest);
  Value combined(std::string_view operation, const Value& left, const Value& right);
  Value moved(const Value& pointer, const Value& distance);
  Value unary();
  Value cast_or_group();
  Value primary();
  Value number();
  std::optional<Place> member_place(llvm::Value* address, std::uint64_t at, Kind kind);

  Value call(std::string_view name);
  Value call_of(llvm::Function* callee, llvm::ArrayRef<Value> arguments);
  Value emit_call(llvm::FunctionType* type, llvm::Value* callee, llvm::ArrayRef<Value> arguments);
  bool arguments(llvm::SmallVectorImpl<Value>& list);
  Value variable_value(std::string_view name);
  Value indirect_call(bool frozen);
  llvm::FunctionType* function_type();
  llvm::Value* frozen_callee(llvm::GlobalVariable& array, llvm::Value* index, std::uint64_t size);
  llvm::BasicBlock* new_block() { return llvm::BasicBlock::Create(builder_.getContext(), "", &function_); }
  llvm::Value* at_offset(llvm::Value* pointer, std::uint64_t offset);

  const Surroundings& surroundings_;
  llvm::Function& function_;
  Scope& scope_;
  Cursor& cursor_;
  llvm::IRBuilder<>& builder_;
  llvm::Value* memory_base_ = nullptr;
  unsigned depth_ = 0;
};

}  // namespace ingot::compiler::native::codegen::front
