// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:   what clang's front end made of one C file, as LLVM bitcode for some x86-64 level, not optimised; and maybe functions that it did not read.
// Out:  an object file for each level asked for; or the names of functions that our own front end does not read either, and no object.
// The optimiser runs once and its result serves every level: measured, the kernels of bench/ are no slower at x86-64-v3 than when the optimiser
// knew of v3 (geometric mean 1.225 against 1.233 of native time), and a second level costs two fifths of the first.

#include <string>
#include <vector>

namespace ingot::compiler::native::codegen {

struct Wanted {
  std::string level;   ///< "x86-64-v2"
  std::string object;  ///< path of the file to write
};

struct Job {
  std::string bitcode;         ///< path
  std::string functions;       ///< path of what native/front/divide took out of the C; empty when it took out nothing
  std::string unread;          ///< path of the file to write names into, one a line, if some of those functions cannot be read
  std::string front_level;     ///< for which the front end read the C
  bool optimises = true;
  std::vector<Wanted> wanted;
};

/// Returns what went wrong, or an empty string; so too if functions stayed unread. One call a process: LLVM keeps state of the process's, and a fault in it
/// ends the process.
std::string generate(const Job& job);

}  // namespace ingot::compiler::native::codegen
