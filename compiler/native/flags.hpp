// SPDX-License-Identifier: Apache-2.0
#pragma once
// The flags that decide what code an island holds. Each has its reason beside it; the list is recorded in every manifest.

#include <string>
#include <vector>

#include "request.hpp"

namespace ingot::compiler::native {

/// ISA levels that can be built for: "x86-64-v2", "x86-64-v3", "x86-64-v4".
const std::vector<std::string>& known_levels();

/// What tells the function that an address belongs to.
enum class Lines {
  none,    ///< the symbol table: no function is inlined into another
  tables,  ///< line tables: the C is marked with lines of the guest's source, or functions are inlined into others
};
/// For a clang of this version ("22.1.3"), without the level's own -march and without inputs and outputs. The debug tier always has full debug
/// information.
std::vector<std::string> compile_flags(Optimisation optimisation, Lines lines, const std::string& clang_version);
/// Besides compile_flags(), to stop after clang's front end.
std::vector<std::string> front_end_flags();
/// Besides compile_flags(), for the island's own memory functions.
std::vector<std::string> memory_flags();
/// `for_debugger`: symbols and debug information stay in the object, in sections that are not loaded.
std::vector<std::string> link_flags(bool for_debugger);

}  // namespace ingot::compiler::native
