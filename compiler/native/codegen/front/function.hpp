// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guest's functions, from the C that native/front/divide took out of a part to LLVM's instructions.
//
// In:      a module that clang made of the rest of the part, and the text of the functions.
// Out:     the same module, with the functions defined in it, as clang would define them but for the order of what C lets come in any order:
//          variables are places on the frame, accesses to guest memory are volatile.
// Refuses: a function with anything in it that is not known here. It stays declared, and is clang's to read.

#include <string>
#include <string_view>
#include <vector>

#include "native/codegen/front/surroundings.hpp"

namespace ingot::compiler::native::codegen::front {

/// Returns the names of those that could not be read.
std::vector<std::string> read_functions(const Surroundings& surroundings, std::string_view text);

}  // namespace ingot::compiler::native::codegen::front
