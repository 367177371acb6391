// SPDX-License-Identifier: Apache-2.0
// ingot-codegen: started by ingotc, confined, once for every C file of the guest's code, and again for one with functions that clang has to read
// after all. Nobody else has a reason to.
//
//   ingot-codegen [--unoptimised] [--functions FILE --unread FILE] BITCODE LEVEL-OF-BITCODE LEVEL=OBJECT...
//
// generate.hpp says what the files are.
// A program of its own because it runs LLVM's optimiser over what a hostile module became: it gets the walls that clang gets.

#include <llvm/Config/llvm-config.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "native/codegen/generate.hpp"

namespace {

using ingot::compiler::native::codegen::Job;

std::optional<Job> ask(const std::vector<std::string>& arguments) {
  Job job;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].starts_with("--"); ++i) {
    if (arguments[i] == "--unoptimised") {
      job.optimises = false;
    } else if ((arguments[i] == "--functions" || arguments[i] == "--unread") && i + 1 < arguments.size()) {
      std::string& path = arguments[i] == "--functions" ? job.functions : job.unread;
      path = arguments[++i];
    } else {
      return std::nullopt;
    }
  }
  if (i + 2 >= arguments.size() || job.functions.empty() != job.unread.empty()) return std::nullopt;
  job.bitcode = arguments[i++];
  job.front_level = arguments[i++];
  for (; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    if (equals == std::string::npos) return std::nullopt;
    job.wanted.push_back({arguments[i].substr(0, equals), arguments[i].substr(equals + 1)});
  }
  return job;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--version") {
    std::puts("ingot-codegen, LLVM " LLVM_VERSION_STRING);
    return 0;
  }
  const auto job = ask(arguments);
  if (!job) {
    std::fputs("usage: ingot-codegen [--unoptimised] [--functions FILE --unread FILE] BITCODE LEVEL-OF-BITCODE LEVEL=OBJECT...\n", stderr);
    return 2;
  }
  const std::string error = ingot::compiler::native::codegen::generate(*job);
  if (error.empty()) return 0;
  std::fprintf(stderr, "error: %s\n", error.c_str());
  return 1;
}
