// SPDX-License-Identifier: Apache-2.0
// ingot-codegen: started by ingotc, confined, once for every C file of a release build. Nobody else has a reason to.
//
//   ingot-codegen BITCODE LEVEL-OF-BITCODE LEVEL=OBJECT...
//
// A program of its own because it runs LLVM's optimiser over what a hostile module became: it gets the walls that clang gets.

#include <llvm/Config/llvm-config.h>

#include <cstdio>
#include <string>
#include <vector>

#include "native/codegen/generate.hpp"

int main(int argc, char** argv) {
  using ingot::compiler::native::codegen::Wanted;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--version") {
    std::puts("ingot-codegen, LLVM " LLVM_VERSION_STRING);
    return 0;
  }
  std::vector<Wanted> wanted;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    if (equals == std::string::npos) break;
    wanted.push_back({arguments[i].substr(0, equals), arguments[i].substr(equals + 1)});
  }
  if (wanted.empty() || wanted.size() + 2 != arguments.size()) {
    std::fputs("usage: ingot-codegen BITCODE LEVEL-OF-BITCODE LEVEL=OBJECT...\n", stderr);
    return 2;
  }
  const std::string error = ingot::compiler::native::codegen::generate(arguments[0], arguments[1], wanted);
  if (error.empty()) return 0;
  std::fprintf(stderr, "error: %s\n", error.c_str());
  return 1;
}
