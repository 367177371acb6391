// SPDX-License-Identifier: Apache-2.0
// Expressions that call: the guest's functions and imports, helpers, macros by their stand-ins, and tables.
#include <llvm/IR/MDBuilder.h>

#include "native/codegen/front/expression.hpp"

namespace ingot::compiler::native::codegen::front {
namespace {

/// Are these arguments passed as they are written? Structs by value and results in memory are not.
bool is_plain(const llvm::Function& function) {
  for (const llvm::Argument& argument : function.args()) {
    if (argument.hasByValAttr() || argument.hasStructRetAttr() || !guest_type(argument.getType())) return false;
  }
  return !function.isVarArg() && guest_type(function.getReturnType()).has_value();
}

}  // namespace

bool Expressions::arguments(llvm::SmallVectorImpl<Value>& list) {
  if (cursor_.takes(")")) return true;
  while (cursor_.ok()) {
    list.push_back(expression());
    if (cursor_.takes(")")) return cursor_.ok();
    cursor_.expect(",");
  }
  return false;
}

Value Expressions::emit_call(llvm::FunctionType* type, llvm::Value* callee, llvm::ArrayRef<Value> arguments) {
  if (type->getNumParams() != arguments.size()) return fail();
  llvm::SmallVector<llvm::Value*, 8> values;
  for (unsigned i = 0; i < arguments.size(); ++i) {
    const auto wanted = guest_type(type->getParamType(i));
    if (!wanted || *wanted == Type::none) return fail();
    values.push_back(as(arguments[i], *wanted).value);
    if (!cursor_.ok() || values.back() == nullptr) return fail();
  }
  llvm::CallInst* const call = builder_.CreateCall(type, callee, values);
  for (unsigned i = 0; i < values.size(); ++i) call->addParamAttr(i, llvm::Attribute::NoUndef);
  return {call, *guest_type(type->getReturnType())};
}

Value Expressions::call_of(llvm::Function* callee, llvm::ArrayRef<Value> arguments) {
  if (callee == nullptr || !is_plain(*callee)) return fail();
  return emit_call(callee->getFunctionType(), callee, arguments);
}

Value Expressions::call(std::string_view name) {
  cursor_.expect("(");
  if (name == "CALL_INDIRECT" || name == "INGOT_CALL_FROZEN") return indirect_call(name == "INGOT_CALL_FROZEN");
  llvm::SmallVector<Value, 8> list;
  if (!arguments(list)) return fail();
  const auto reinterpreted = [&](Type from, Type to) -> Value {
    if (list.size() != 1) return fail();
    const Value value = as(list[0], from);
    return cursor_.ok() ? Value{builder_.CreateBitCast(value.value, llvm_type(to, builder_.getContext())), to} : Value{};
  };
  if (name == "f32_reinterpret_i32") return reinterpreted(Type::u32, Type::f32);
  if (name == "i32_reinterpret_f32") return reinterpreted(Type::f32, Type::u32);
  if (name == "f64_reinterpret_i64") return reinterpreted(Type::u64, Type::f64);
  if (name == "i64_reinterpret_f64") return reinterpreted(Type::f64, Type::u64);
  if (name == "wasm_quiet" || name == "wasm_quietf") return list.size() == 1 && surroundings_.fact("quiet_does_nothing") ? list[0] : fail();
  if (llvm::Function* stand_in = surroundings_.helper(name)) return call_of(stand_in, list);
  // Macros that take any type: the stand-in for the type that their operands have together.
  Type type = list.empty() ? Type::none : list[0].type;
  for (const Value& argument : list) type = common_type(type, argument.type);
  const char* const suffix = type == Type::u32 ? "_u32" : type == Type::u64 ? "_u64" : type == Type::f32 ? "_f32" : type == Type::f64 ? "_f64" : nullptr;
  if (suffix != nullptr) {
    if (llvm::Function* stand_in = surroundings_.helper(name, suffix)) return call_of(stand_in, list);
  }
  return call_of(surroundings_.function(name), list);
}

/// "u32 (*)(void*, u32, f64)"
llvm::FunctionType* Expressions::function_type() {
  const auto type = [&]() -> llvm::Type* {
    const std::string_view name = cursor_.word();
    const auto known = type_named(name);
    if (known && (*known == Type::u32 || *known == Type::u64 || is_floating(*known))) return llvm_type(*known, builder_.getContext());
    if (name == "void") return cursor_.takes("*") ? llvm_type(Type::pointer, builder_.getContext()) : builder_.getVoidTy();
    cursor_.fail();
    return builder_.getVoidTy();
  };
  llvm::Type* const result = type();
  cursor_.expect("(*)(");
  llvm::SmallVector<llvm::Type*, 8> parameters;
  while (cursor_.ok()) {
    parameters.push_back(type());
    if (parameters.back()->isVoidTy()) cursor_.fail();
    if (cursor_.takes(")")) break;
    cursor_.expect(",");
  }
  return cursor_.ok() ? llvm::FunctionType::get(result, parameters, false) : nullptr;
}

/// Entry `index` of the constant array; a trap where there is none. As the macro INGOT_CALL_FROZEN of lower/frozen_tables.
llvm::Value* Expressions::frozen_callee(llvm::GlobalVariable& array, llvm::Value* index, std::uint64_t size) {
  llvm::Function* const trap = surroundings_.function("ingot_no_such_function");
  if (trap == nullptr) return fail().value;
  llvm::BasicBlock *const inside = new_block(), *const found = new_block(), *const missing = new_block();
  llvm::MDNode* const likely = llvm::MDBuilder(builder_.getContext()).createLikelyBranchWeights();
  builder_.CreateCondBr(builder_.CreateICmpULT(index, builder_.getInt32(static_cast<std::uint32_t>(size))), inside, missing, likely);
  builder_.SetInsertPoint(missing);
  builder_.CreateCall(trap);
  builder_.CreateUnreachable();
  builder_.SetInsertPoint(inside);
  llvm::Value* const entry = builder_.CreateInBoundsGEP(builder_.getPtrTy(), &array, builder_.CreateZExt(index, builder_.getInt64Ty()));
  llvm::Value* const callee = builder_.CreateLoad(builder_.getPtrTy(), entry);
  builder_.CreateCondBr(builder_.CreateICmpNE(callee, llvm::ConstantPointerNull::get(builder_.getPtrTy())), found, missing, likely);
  builder_.SetInsertPoint(found);
  return callee;
}

/// A variable outside of functions: a pointer's value, an array's address.
Value Expressions::variable_value(std::string_view name) {
  llvm::GlobalVariable* const variable = surroundings_.variable(name);
  if (variable == nullptr) return fail();
  if (variable->getValueType()->isPointerTy()) return {builder_.CreateLoad(builder_.getPtrTy(), variable), Type::pointer};
  return variable->getValueType()->isArrayTy() ? Value{variable, Type::pointer} : fail();
}

/// "CALL_INDIRECT(table, type, type's digest, index, table.data[index].module_instance, ...)" and
/// "INGOT_CALL_FROZEN(array, size, type, index, instance, ...)". The index is a variable or a number.
Value Expressions::indirect_call(bool frozen) {
  llvm::GlobalVariable* array = nullptr;
  Value table, digest, size;
  const std::size_t table_begin = cursor_.place();
  if (frozen) {
    array = surroundings_.variable(cursor_.word());
    cursor_.expect(",");
    size = number();
  } else {
    const auto addressed = place();
    if (addressed && addressed->type == Type::none) table = {addressed->address, Type::pointer};
  }
  const std::string_view table_text = cursor_.ok() ? cursor_.between(table_begin, cursor_.place()) : std::string_view();
  cursor_.expect(",");
  llvm::FunctionType* const type = function_type();
  cursor_.expect(",");
  if (!frozen) {
    digest = variable_value(cursor_.word());
    cursor_.expect(",");
  }
  cursor_.next();
  const std::size_t index_begin = cursor_.place();
  const Value given = expression();
  if (given.type == Type::u64) return fail();  // of a table that policy refuses; clang's check sees all of it (lower/whole_index.hpp)
  const Value index = as(given, Type::u32);
  const std::string_view index_text = cursor_.ok() ? cursor_.between(index_begin, cursor_.place()) : std::string_view();
  if (!cursor_.ok() || type == nullptr || type->getNumParams() == 0) return fail();

  llvm::SmallVector<Value, 8> list;
  llvm::Value* callee = nullptr;
  if (frozen) {
    // An array with many zeros at its end is a struct to clang: its size says enough.
    const auto* bound = llvm::dyn_cast_or_null<llvm::ConstantInt>(size.value);
    const llvm::DataLayout& layout = surroundings_.module().getDataLayout();
    if (bound == nullptr || array == nullptr || layout.getTypeAllocSize(array->getValueType()) != bound->getZExtValue() * sizeof(void*)) return fail();
    callee = frozen_callee(*array, index.value, bound->getZExtValue());
  } else {
    // The instance is the element's own, said in so many words.
    cursor_.expect(",");
    const auto function = surroundings_.fact("element", 0), instance = surroundings_.fact("element", 1);
    llvm::Function* const check = surroundings_.helper("checked_element");
    if (!cursor_.expect(table_text) || !cursor_.expect(".data[") || !cursor_.expect(index_text) || !cursor_.expect("].module_instance") || !function ||
        !instance || table.value == nullptr || digest.value == nullptr) {
      return fail();
    }
    const Value checks[] = {table, digest, index};
    llvm::Value* const element = call_of(check, checks).value;
    if (element == nullptr) return fail();
    callee = builder_.CreateLoad(builder_.getPtrTy(), at_offset(element, *function));
    list.push_back({builder_.CreateLoad(builder_.getPtrTy(), at_offset(element, *instance)), Type::pointer});
  }
  if (callee == nullptr) return fail();
  if (!cursor_.takes(")")) {
    cursor_.expect(",");
    if (!arguments(list)) return fail();
  }
  return emit_call(type, callee, list);
}

}  // namespace ingot::compiler::native::codegen::front
