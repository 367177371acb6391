// SPDX-License-Identifier: Apache-2.0
#include "native/flags.hpp"

#include <cstdlib>

namespace ingot::compiler::native {
namespace {

constexpr int key_instructions_major = 22;  // of the clang that has them on by default

}  // namespace

const std::vector<std::string>& known_levels() {
  static const std::vector<std::string> levels{"x86-64-v2", "x86-64-v3", "x86-64-v4"};
  return levels;
}

std::vector<std::string> compile_flags(Optimisation optimisation, Lines lines, const std::string& clang_version) {
  std::vector<std::string> flags{
      "--target=x86_64-linux-gnu",
      "-std=gnu11",
      optimisation == Optimisation::release ? "-O3" : optimisation == Optimisation::dev ? "-O0" : "-Og",  // -O1 takes four times as long as -O0

      // WebAssembly's arithmetic, to the bit.
      "-ffp-contract=off",             // a * b + c rounds twice
      "-fno-math-errno",               // sqrt is one instruction
      "-fno-optimize-sibling-calls",   // endless recursion must exhaust the stack, not become a loop
      "-fno-strict-aliasing",          // guest memory has no types
      "-fwrapv",                       // integers wrap
      "-fno-delete-null-pointer-checks",
      "-fno-finite-loops",             // an endless loop is a legal program

      // An island: position-independent, nothing exported unless asked for, nothing that needs a runtime of the compiler's.
      "-fPIC",
      "-fvisibility=hidden",
      "-fno-semantic-interposition",
      "-fno-stack-protector",          // would need a secret in thread-local storage
      "-fcf-protection=none",
      "-fno-asynchronous-unwind-tables",
      "-fno-unwind-tables",
      "-fno-exceptions",
      "-fno-builtin-strlen",           // clang would call them for loops that look like them, and there is none here
      "-fno-builtin-wcslen",
      "-fstack-clash-protection",      // no frame steps over the guard below the stack

      // Reproducible, and from our own headers only.
      "-fno-ident",
      "-fdebug-compilation-dir=/",
      "-DNDEBUG",
      "-DINGOT_ISLAND",
      "-DSIMDE_NO_CHECK_IMMEDIATE_CONSTANT",
      "-nostdlibinc",
      "-I.",
      "-Isystem",
      "-w",
      "-fbracket-depth=8192",          // deep nesting is legal

      "-fforce-dwarf-frame",           // for the symbols section; the island itself is stripped unless it is for a debugger
  };
  if (rounds_one_way(optimisation)) {
    flags.insert(flags.end(), {"-Xclang", "-disable-llvm-verifier"});  // of what clang's front end made, a twentieth of the time at -O0
  } else {
    flags.push_back("-frounding-math");  // constants are folded as if the rounding mode were unknown
  }
  // Columns are nobody's business, and with them clang takes a fifth longer.
  if (optimisation == Optimisation::debug) {
    flags.insert(flags.end(), {"-gdwarf-5", "-g"});
  } else if (lines == Lines::tables) {
    flags.insert(flags.end(), {"-gdwarf-5", "-gline-tables-only", "-gno-column-info"});
    // On by default where they are known.
    if (std::atoi(clang_version.c_str()) >= key_instructions_major) flags.push_back("-gno-key-instructions");
  }
  return flags;
}

std::vector<std::string> front_end_flags() { return {"-emit-llvm", "-Xclang", "-disable-llvm-passes"}; }

std::vector<std::string> memory_flags() { return {"-fno-builtin", "-fomit-frame-pointer", "-fno-rounding-math"}; }

std::vector<std::string> link_flags(bool for_debugger) {
  return {
      "-shared",
      "-nostdlib",
      "--no-undefined",
      "--version-script=exports.map",
      "--hash-style=gnu",
      "--build-id=none",
      "--threads=1",
      for_debugger ? "--discard-none" : "--strip-all",
      "-z", "now",
      "-z", "relro",
      "-z", "noexecstack",
      "-z", "separate-code",
      "-z", "max-page-size=4096",
      "-z", "text",
  };
}

}  // namespace ingot::compiler::native
