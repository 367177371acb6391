// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands around the guest's functions, as clang made it of the rest of the part: declarations, helpers, and the answers to what native/front/divide
// asks: ingot_front_uses, ingot_front_member_X and the like. When all functions are read, it goes.

#include <llvm/IR/Module.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ingot::compiler::native::codegen::front {

/// What a member of the instance is.
enum class Kind : std::uint8_t { unknown, u32, u64, f32, f64, u32_at, u64_at, f32_at, f64_at, memory, memory_at, table, table_at, host };

struct Member {
  std::uint64_t offset = 0;  ///< in the instance
  Kind kind = Kind::unknown;
};

class Surroundings {
 public:
  explicit Surroundings(llvm::Module& module) : module_(module) {}

  llvm::Module& module() const { return module_; }
  std::optional<Member> member(std::string_view name) const;
  /// An answer that is one number, or one of several; nothing if there is none.
  std::optional<std::uint64_t> fact(std::string_view name, unsigned place = 0) const;
  /// The function that a name stands for, a macro's stand-in among them; null if there is none.
  llvm::Function* function(std::string_view name) const;
  llvm::Function* helper(std::string_view name, std::string_view suffix = {}) const;  ///< "UNREACHABLE": of ours
  llvm::GlobalVariable* variable(std::string_view name) const;
  /// Is there the function whose attributes all others get?
  bool has_template() const;
  /// Is the rounding mode to be taken for unknown (-frounding-math)? Then arithmetic is written as what LLVM calls constrained.
  bool rounds_any_way() const;
  /// Makes a definition of the guest's own of a declaration: attributes and visibility as clang gives them.
  void define(llvm::Function& function, bool is_private) const;
  /// Takes away what was only there for the reader. What nothing mentions any more is LLVM's to remove (globaldce).
  void clean() const;

 private:
  llvm::Module& module_;
};

}  // namespace ingot::compiler::native::codegen::front
