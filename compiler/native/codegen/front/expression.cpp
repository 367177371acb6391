// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/front/expression.hpp"

#include <llvm/ADT/APFloat.h>
#include <llvm/Support/Error.h>

#include <charconv>
#include <cstdint>

namespace ingot::compiler::native::codegen::front {
namespace {

constexpr unsigned depth_max = 1000;  // of expressions in expressions; lower/nest stops far below

/// Binary operators, the longest first where one begins another, and how strongly they bind (C11, 6.5.5 to 6.5.12).
struct Operator {
  std::string_view text;
  int strength;
};
constexpr Operator operators[] = {{"<<", 7}, {">>", 7}, {"<=", 6}, {">=", 6}, {"==", 5}, {"!=", 5}, {"<", 6}, {">", 6}, {"+", 8},
                                  {"-", 8},  {"*", 9},  {"/", 9},  {"&", 4},  {"^", 3},  {"|", 2}};

const Operator* operator_next(Cursor& cursor) {
  const char first = cursor.next(), second = cursor.peek(1);
  if ((first == '&' && second == '&') || (first == '|' && second == '|')) return nullptr;
  for (const Operator& each : operators) {
    if (each.text[0] == first && (each.text.size() == 1 || each.text[1] == second)) return &each;
  }
  return nullptr;
}

/// Is the whole arm of a conditional a variable or a number, which may be evaluated whatever the condition says?
bool is_plain(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (Cursor::is_word(text[end]) || text[end] == '.')) ++end;
  if (!text.starts_with("var_") && (text.empty() || !Cursor::is_digit(text[0]))) return false;
  text.remove_prefix(end);
  return text.starts_with(" : ") || text.starts_with(')') || text.starts_with(';') || text.starts_with(',');
}

}  // namespace

Value Expressions::as(const Value& value, Type type) {
  if (value.value == nullptr) return {};
  llvm::Value* const result = converted(builder_, value, type);
  return result == nullptr ? fail() : Value{result, type};
}

llvm::Value* Expressions::at_offset(llvm::Value* pointer, std::uint64_t offset) {
  if (offset == 0) return pointer;
  return builder_.CreatePtrAdd(pointer, builder_.getInt64(offset), "", llvm::GEPNoWrapFlags::inBounds() | llvm::GEPNoWrapFlags::noUnsignedWrap());
}

Value Expressions::expression() {
  const Value first = unary();
  return expression_from(first);
}

Value Expressions::expression_from(Value first) {
  if (++depth_ > depth_max) return fail();
  Value result = binary(first, 0);
  if (cursor_.next() == '?') result = conditional(result);
  --depth_;
  return cursor_.ok() ? result : Value{};
}

llvm::Value* Expressions::condition() { return as(expression(), Type::truth).value; }

Value Expressions::conditional(const Value& condition) {
  llvm::Value* const test = as(condition, Type::truth).value;
  cursor_.expect("?");
  cursor_.next();
  if (!cursor_.ok() || test == nullptr) return fail();
  // What is plain is computed in any case: a selection then, if both are.
  const bool first_plain = is_plain(cursor_.rest());
  llvm::BasicBlock* const before = builder_.GetInsertBlock();
  llvm::BasicBlock* const first = first_plain ? before : new_block();
  builder_.SetInsertPoint(first);
  const Value yes = first_plain ? unary() : expression();
  llvm::BasicBlock* const first_end = builder_.GetInsertBlock();
  cursor_.expect(":");
  cursor_.next();
  if (first_plain && is_plain(cursor_.rest())) return selected(test, yes, unary());

  llvm::BasicBlock* const second = new_block();
  llvm::BasicBlock* const end = new_block();
  builder_.SetInsertPoint(second);
  const Value no = expression();
  const Type type = common_type(yes.type, no.type);
  if (!cursor_.ok() || type == Type::none) return fail();
  const Value right = as(no, type);
  builder_.CreateBr(end);
  llvm::BasicBlock* const second_end = builder_.GetInsertBlock();
  builder_.SetInsertPoint(first_end);
  const Value left = as(yes, type);
  if (!first_plain) builder_.CreateBr(end);
  builder_.SetInsertPoint(before);
  builder_.CreateCondBr(test, first_plain ? end : first, second);
  if (!cursor_.ok()) return {};
  builder_.SetInsertPoint(end);
  llvm::PHINode* const phi = builder_.CreatePHI(llvm_type(type, builder_.getContext()), 2);
  phi->addIncoming(left.value, first_end);
  phi->addIncoming(right.value, second_end);
  return {phi, type};
}

Value Expressions::selected(llvm::Value* test, const Value& yes, const Value& no) {
  const Type type = common_type(yes.type, no.type);
  if (!cursor_.ok() || type == Type::none) return fail();
  const Value left = as(yes, type), right = as(no, type);
  return cursor_.ok() ? Value{builder_.CreateSelect(test, left.value, right.value), type} : Value{};
}

Value Expressions::binary(Value left, int weakest) {
  while (cursor_.ok() && left.value != nullptr) {
    const Operator* const operation = operator_next(cursor_);
    if (operation == nullptr || operation->strength < weakest) return left;
    cursor_.skip(operation->text.size());
    const Value right = binary(unary(), operation->strength + 1);
    if (!cursor_.ok() || right.value == nullptr) return fail();
    left = combined(operation->text, left, right);
  }
  return left;
}

Value Expressions::moved(const Value& pointer, const Value& distance) {
  if (!is_integer(distance.type)) return fail();
  const bool negative = is_signed(distance.type) || distance.type == Type::truth;
  const Value wide = as(distance, negative ? Type::s64 : Type::u64);
  const auto flags = negative ? llvm::GEPNoWrapFlags::inBounds() : llvm::GEPNoWrapFlags::inBounds() | llvm::GEPNoWrapFlags::noUnsignedWrap();
  return {builder_.CreatePtrAdd(pointer.value, wide.value, "", flags), Type::pointer};
}

Value Expressions::combined(std::string_view operation, const Value& left, const Value& right) {
  if (left.type == Type::pointer) return operation == "+" ? moved(left, right) : fail();
  if (operation == "<<" || operation == ">>") {
    // The result has the left operand's type (6.5.7).
    const Type type = common_type(left.type, Type::s32);
    if (!is_integer(type) || !is_integer(right.type)) return fail();
    const Value value = as(left, type);
    const Value count = as(right, type == Type::u64 || type == Type::s64 ? Type::u64 : Type::u32);
    if (!cursor_.ok()) return {};
    if (operation == "<<") return {builder_.CreateShl(value.value, count.value), type};
    return {is_signed(type) ? builder_.CreateAShr(value.value, count.value) : builder_.CreateLShr(value.value, count.value), type};
  }
  const Type type = common_type(left.type, right.type);
  if (type == Type::none) return fail();
  llvm::Value* const a = as(left, type).value;
  llvm::Value* const b = as(right, type).value;
  if (!cursor_.ok()) return {};
  const bool floating = is_floating(type), sign = is_signed(type);
  if (operation == "==") return {floating ? builder_.CreateFCmpOEQ(a, b) : builder_.CreateICmpEQ(a, b), Type::truth};
  if (operation == "!=") return {floating ? builder_.CreateFCmpUNE(a, b) : builder_.CreateICmpNE(a, b), Type::truth};
  if (operation == "<") return {floating ? builder_.CreateFCmpS(llvm::CmpInst::FCMP_OLT, a, b) : sign ? builder_.CreateICmpSLT(a, b) : builder_.CreateICmpULT(a, b), Type::truth};
  if (operation == ">") return {floating ? builder_.CreateFCmpS(llvm::CmpInst::FCMP_OGT, a, b) : sign ? builder_.CreateICmpSGT(a, b) : builder_.CreateICmpUGT(a, b), Type::truth};
  if (operation == "<=") return {floating ? builder_.CreateFCmpS(llvm::CmpInst::FCMP_OLE, a, b) : sign ? builder_.CreateICmpSLE(a, b) : builder_.CreateICmpULE(a, b), Type::truth};
  if (operation == ">=") return {floating ? builder_.CreateFCmpS(llvm::CmpInst::FCMP_OGE, a, b) : sign ? builder_.CreateICmpSGE(a, b) : builder_.CreateICmpUGE(a, b), Type::truth};
  if (operation == "+") return {floating ? builder_.CreateFAdd(a, b) : builder_.CreateAdd(a, b), type};
  if (operation == "-") return {floating ? builder_.CreateFSub(a, b) : builder_.CreateSub(a, b), type};
  if (operation == "*") return {floating ? builder_.CreateFMul(a, b) : builder_.CreateMul(a, b), type};
  if (floating) return operation == "/" ? Value{builder_.CreateFDiv(a, b), type} : fail();
  if (operation == "&") return {builder_.CreateAnd(a, b), type};
  if (operation == "|") return {builder_.CreateOr(a, b), type};
  if (operation == "^") return {builder_.CreateXor(a, b), type};
  return fail();  // integers are divided by macros, which ask first
}

Value Expressions::unary() {
  if (++depth_ > depth_max) return fail();
  const char first = cursor_.next();
  Value result;
  if (const auto found = place()) {
    result = load(*found);
  } else if (!cursor_.ok()) {
    result = {};
  } else if (first == '(') {
    result = cast_or_group();
  } else if (first == '-') {
    cursor_.skip(1);
    const Value operand = unary();
    const Type type = common_type(operand.type, is_floating(operand.type) ? operand.type : Type::s32);
    const Value value = type == Type::none ? fail() : as(operand, type);
    if (cursor_.ok()) result = {is_floating(type) ? builder_.CreateFNeg(value.value) : builder_.CreateNeg(value.value), type};
  } else if (first == '!') {
    cursor_.skip(1);
    const Value value = as(unary(), Type::truth);
    if (cursor_.ok() && value.value != nullptr) result = {builder_.CreateNot(value.value), Type::truth};
  } else if (first == '~') {
    cursor_.skip(1);
    const Value operand = unary();
    const Type type = common_type(operand.type, Type::s32);
    const Value value = is_integer(type) ? as(operand, type) : fail();
    if (cursor_.ok()) result = {builder_.CreateNot(value.value), type};
  } else if (first == '&') {
    cursor_.skip(1);
    const auto addressed = place();
    result = addressed && !addressed->in_guest_memory ? Value{addressed->address, Type::pointer} : fail();
  } else {
    result = primary();
  }
  --depth_;
  return cursor_.ok() ? result : Value{};
}

Value Expressions::cast_or_group() {
  const std::size_t begin = cursor_.place();
  cursor_.skip(1);
  if (const auto type = type_named(cursor_.word()); type && cursor_.takes(")")) return as(unary(), *type);
  cursor_.go_to(begin + 1);
  const Value value = expression();
  cursor_.expect(")");
  return value;
}

Value Expressions::primary() {
  const char first = cursor_.next();
  if (Cursor::is_digit(first) || first == '.') return number();
  const std::string_view word = cursor_.word();
  if (word.empty()) return fail();
  if (const Variable* variable = scope_.variable(word)) return {builder_.CreateLoad(variable->place->getAllocatedType(), variable->place), variable->type};
  if (word == "wasm_rt_local_memory_base") return memory_base_ == nullptr ? fail() : Value{memory_base_, Type::pointer};
  if (cursor_.next() == '(') return call(word);
  if (word == "instance") return {function_.getArg(0), Type::pointer};
  if (word == "INFINITY") return {llvm::ConstantFP::getInfinity(builder_.getFloatTy()), Type::f32};
  return variable_value(word);
}

Value Expressions::number() {
  cursor_.next();
  const std::string_view rest = cursor_.rest();
  const bool hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
  std::size_t end = 0;
  bool floating = false;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    const bool exponent = hexadecimal ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
    floating = floating || c == '.' || exponent;
    if (exponent && end + 1 < rest.size() && (rest[end + 1] == '+' || rest[end + 1] == '-')) ++end;
    else if (!Cursor::is_word(c) && c != '.') break;
  }
  std::string_view text = rest.substr(0, end);
  cursor_.skip(end);
  if (floating) {
    const bool single = text.ends_with('f');
    if (single) text.remove_suffix(1);
    llvm::APFloat value(single ? llvm::APFloat::IEEEsingle() : llvm::APFloat::IEEEdouble());
    auto status = value.convertFromString(llvm::StringRef(text), llvm::APFloat::rmNearestTiesToEven);
    if (!status) {
      llvm::consumeError(status.takeError());
      return fail();
    }
    return {llvm::ConstantFP::get(builder_.getContext(), value), single ? Type::f32 : Type::f64};
  }
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  const auto digits = static_cast<std::size_t>(behind - text.data());
  const bool octal = !hexadecimal && digits > 1 && text[0] == '0';
  if (error != std::errc() || octal) return fail();
  const std::string_view suffix = text.substr(digits);
  if (suffix == "ull") return {builder_.getInt64(value), Type::u64};
  if (suffix == "u" && value <= UINT32_MAX) return {builder_.getInt32(static_cast<std::uint32_t>(value)), Type::u32};
  if (suffix.empty() && value <= INT32_MAX) return {builder_.getInt32(static_cast<std::uint32_t>(value)), Type::s32};
  // A hexadecimal number is of the first type that holds it (C11, 6.4.4.1): the bits of a NaN.
  if (suffix.empty() && hexadecimal && value <= UINT32_MAX) return {builder_.getInt32(static_cast<std::uint32_t>(value)), Type::u32};
  if (suffix.empty() && hexadecimal) return {builder_.getInt64(value), value <= INT64_MAX ? Type::s64 : Type::u64};
  return fail();
}

}  // namespace ingot::compiler::native::codegen::front
