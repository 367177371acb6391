// SPDX-License-Identifier: Apache-2.0
#pragma once
// The C of one part, divided between two readers: the functions of the guest, of which there are many and which use a handful of C, for our own front
// end (native/codegen/front), and everything else for clang. Measured on a module of 2.4 MB: the dev tier takes a third less processor time.
//
// In:      the C of a part.
// Out:     what clang is to read: the part without those functions, with their prototypes, and with what our front end asks of C: sizes, places of
//          members, macros as functions. And the functions, as they stood.
// Refuses: nothing: a function that our front end is known not to read stays where it is.

#include <set>
#include <string>
#include <string_view>

namespace ingot::compiler::native {

struct DividedPart {
  std::string rest;       ///< C, for clang
  std::string functions;  ///< definitions, one behind the other; empty when nothing was taken out
};

/// `stay` names functions that stay, because our front end has tried.
DividedPart divide(std::string_view text, const std::set<std::string, std::less<>>& stay);

}  // namespace ingot::compiler::native
