// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:   what clang's front end made of one C file, as LLVM bitcode for some x86-64 level, not optimised.
// Out:  an object file for each level asked for.
// The optimiser runs once and its result serves every level: measured, the kernels of bench/ are no slower at x86-64-v3 than when the optimiser
// knew of v3 (geometric mean 1.225 against 1.233 of native time), and a second level costs two fifths of the first.

#include <string>
#include <vector>

namespace ingot::compiler::native::codegen {

struct Wanted {
  std::string level;   ///< "x86-64-v2"
  std::string object;  ///< path of the file to write
};

/// Reads `bitcode` (a path), optimises it as for `front_level`, for which the front end read it, and writes the objects. Returns what went wrong, or an empty string. One call a process: LLVM keeps
/// state of the process's, and a fault in it ends the process.
std::string generate(const std::string& bitcode, const std::string& front_level, const std::vector<Wanted>& wanted);

}  // namespace ingot::compiler::native::codegen
