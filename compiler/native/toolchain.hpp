// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the external programs of a build and knows their versions. Searching happens once; nothing is guessed later.

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "process/child.hpp"

namespace ingot::compiler::native {

/// wabt's programs, either plain or inside an unpacked prefix that brings its own libc and loader.
struct Wabt {
  std::string folder;                ///< where wasm2c and wasm-validate are
  std::vector<std::string> launcher; ///< what to put before the program: empty, or the prefix's loader with its options
  std::string version;
};

/// How to learn a program's version: given its path, after a launcher if it needs one. The first "N.N.N" that it prints, or empty when it
/// prints none or fails. Errors: io (cannot be started), interrupted, and those of a budget.
using AskVersion = std::function<Result<std::string>(const std::vector<std::string>& arguments)>;
/// Runs it with --version, within this budget.
AskVersion ask_version(process::Budget budget = {});

class Toolchain {
 public:
  /// A confined wabt program, working on a module of this size in `folder`, which is all of the machine that it can change and, beside programs
  /// and libraries, all that it can read. The caller adds arguments.
  process::Command wabt_command(const std::string& program, std::uint64_t module_bytes, const std::string& folder) const;
  /// A compiler or linker run, confined in the same way to `scratch`. The caller adds arguments and the folder.
  process::Command clang_command(const std::string& scratch) const;
  process::Command lld_command(const std::string& scratch) const;
  /// Our own optimiser and code generator, which takes what clang's front end made. REQUIRES: has_codegen().
  process::Command codegen_command(const std::string& scratch) const;
  /// False when clang is of another generation than the LLVM that ours is built with: then clang has to do all of it.
  bool has_codegen() const { return !codegen_.empty(); }

  const Wabt& wabt() const { return wabt_; }
  const std::string& clang_version() const { return clang_version_; }
  const std::string& lld_version() const { return lld_version_; }
  /// Of LLVM, as `ingot-codegen --version` says it; empty without has_codegen().
  const std::string& codegen_version() const { return codegen_version_; }
  /// The folder that holds simde/, or empty.
  const std::string& simde_parent() const { return simde_parent_; }

 private:
  friend Result<Toolchain> find_toolchain(const AskVersion& ask);
  Wabt wabt_;
  std::string clang_, clang_version_;
  std::string lld_, lld_version_;
  std::string codegen_, codegen_version_;
  std::string simde_parent_;
};

/// clang: $INGOT_CLANG, else the newest clang-NN (19 or later) in PATH, with its ld.lld-NN (or $INGOT_LLD) beside it.
/// ingot-codegen: $INGOT_CODEGEN, else beside this program. One of another LLVM than clang's is left out.
/// wabt: $INGOT_WABT_PREFIX, else toolchain/wabt beside a folder above this program, else PATH.
/// `ask` is called for every candidate; what it answers decides. Errors: toolchain, saying what is missing and how to get it.
Result<Toolchain> find_toolchain(const AskVersion& ask = ask_version());

}  // namespace ingot::compiler::native
