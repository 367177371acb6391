// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value of the C that is read: what LLVM has, and the C type, which LLVM has forgotten and C's conversions depend on (C11, 6.3.1).

#include <llvm/IR/IRBuilder.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ingot::compiler::native::codegen::front {

enum class Type : std::uint8_t {
  none,     ///< void
  truth,    ///< i1 that C calls an int: of a comparison
  u8, s8, u16, s16,
  u32, s32, u64, s64,
  f32, f64,
  pointer,
};

struct Value {
  llvm::Value* value = nullptr;
  Type type = Type::none;
};

inline bool is_integer(Type type) { return type >= Type::truth && type <= Type::s64; }
inline bool is_floating(Type type) { return type == Type::f32 || type == Type::f64; }
inline bool is_signed(Type type) { return type == Type::s8 || type == Type::s16 || type == Type::s32 || type == Type::s64; }

/// "u32" ... "f64"; nothing for other names.
std::optional<Type> type_named(std::string_view name);
llvm::Type* llvm_type(Type type, llvm::LLVMContext& context);
/// The type of a guest's value that LLVM calls this; nothing for others. Integers are the unsigned ones: so the translator declares all of them.
std::optional<Type> guest_type(const llvm::Type* type);

/// `from` as a value of another arithmetic type (6.3.1.3 to 6.3.1.5), of which `truth` is that of a condition: unequal to 0. Null if C has no such
/// conversion, or one whose result C leaves open for some values: floating to integer.
llvm::Value* converted(llvm::IRBuilderBase& builder, const Value& from, Type to);
/// The type in which an operator with these operands works (6.3.1.8); none for operands that are no numbers.
Type common_type(Type a, Type b);

}  // namespace ingot::compiler::native::codegen::front
