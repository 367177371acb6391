// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/front/value.hpp"

#include <algorithm>

namespace ingot::compiler::native::codegen::front {
namespace {

unsigned bits_of(Type type) {
  switch (type) {
    case Type::truth: return 1;
    case Type::u8:
    case Type::s8: return 8;
    case Type::u16:
    case Type::s16: return 16;
    case Type::u32:
    case Type::s32: return 32;
    case Type::u64:
    case Type::s64: return 64;
    default: return 0;
  }
}

}  // namespace

std::optional<Type> type_named(std::string_view name) {
  if (name.size() < 2 || name.size() > 3) return std::nullopt;
  const std::string_view bits = name.substr(1);
  switch (name[0]) {
    case 'u': return bits == "32" ? std::optional(Type::u32) : bits == "64" ? std::optional(Type::u64) : bits == "8" ? std::optional(Type::u8) : bits == "16" ? std::optional(Type::u16) : std::nullopt;
    case 's': return bits == "32" ? std::optional(Type::s32) : bits == "64" ? std::optional(Type::s64) : bits == "8" ? std::optional(Type::s8) : bits == "16" ? std::optional(Type::s16) : std::nullopt;
    case 'f': return bits == "32" ? std::optional(Type::f32) : bits == "64" ? std::optional(Type::f64) : std::nullopt;
    default: return std::nullopt;
  }
}

llvm::Type* llvm_type(Type type, llvm::LLVMContext& context) {
  switch (type) {
    case Type::none: return llvm::Type::getVoidTy(context);
    case Type::f32: return llvm::Type::getFloatTy(context);
    case Type::f64: return llvm::Type::getDoubleTy(context);
    case Type::pointer: return llvm::PointerType::getUnqual(context);
    default: return llvm::Type::getIntNTy(context, bits_of(type));
  }
}

std::optional<Type> guest_type(const llvm::Type* type) {
  if (type->isIntegerTy(32)) return Type::u32;
  if (type->isIntegerTy(64)) return Type::u64;
  if (type->isFloatTy()) return Type::f32;
  if (type->isDoubleTy()) return Type::f64;
  if (type->isPointerTy()) return Type::pointer;
  if (type->isVoidTy()) return Type::none;
  return std::nullopt;
}

llvm::Value* converted(llvm::IRBuilderBase& builder, const Value& from, Type to) {
  if (from.type == to) return from.value;
  llvm::Type* const type = llvm_type(to, builder.getContext());
  if (to == Type::truth) {
    if (is_integer(from.type)) return builder.CreateICmpNE(from.value, llvm::ConstantInt::get(from.value->getType(), 0));
    if (is_floating(from.type)) return builder.CreateFCmpUNE(from.value, llvm::ConstantFP::get(from.value->getType(), 0));
    return nullptr;
  }
  if (is_integer(from.type) && is_integer(to)) {
    const unsigned has = bits_of(from.type), wants = bits_of(to);
    if (has == wants) return from.value;
    if (has > wants) return builder.CreateTrunc(from.value, type);
    return is_signed(from.type) ? builder.CreateSExt(from.value, type) : builder.CreateZExt(from.value, type);
  }
  if (is_integer(from.type) && is_floating(to)) {
    // A comparison's 1 is an int's.
    if (from.type == Type::truth) return builder.CreateSIToFP(converted(builder, from, Type::s32), type);
    return is_signed(from.type) ? builder.CreateSIToFP(from.value, type) : builder.CreateUIToFP(from.value, type);
  }
  if (is_floating(from.type) && is_floating(to)) return to == Type::f64 ? builder.CreateFPExt(from.value, type) : builder.CreateFPTrunc(from.value, type);
  return nullptr;
}

Type common_type(Type a, Type b) {
  if (a == Type::none || b == Type::none || a == Type::pointer || b == Type::pointer) return Type::none;
  if (a == Type::f64 || b == Type::f64) return Type::f64;
  if (a == Type::f32 || b == Type::f32) return Type::f32;
  const auto promoted = [](Type type) { return bits_of(type) < 32 ? Type::s32 : type; };
  a = promoted(a);
  b = promoted(b);
  if (a == b) return a;
  if (bits_of(a) != bits_of(b)) return bits_of(a) > bits_of(b) ? a : b;
  return bits_of(a) == 64 ? Type::u64 : Type::u32;
}

}  // namespace ingot::compiler::native::codegen::front
