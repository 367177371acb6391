// SPDX-License-Identifier: Apache-2.0
#pragma once
// Generated C with one statement an instruction becomes C with nested expressions: `var_i0 = var_p2; var_i1 = 1u; var_i0 += var_i1;
// var_l3 = var_i0;` is `var_l3 = var_p2 + 1u;`. clang reads, checks and lowers each statement, and without optimisation each variable is
// a place in memory that is written and read again.
//
// In:      generated C.
// Out:     the same program. What traps or has effects does so in the same order; two loads may change places, of which the first that
//          traps ends the guest in the same way. Between two #line directives stands what stood there, as far as it traps.
// Refuses: nothing: a function with anything in it that wasm2c is not known to write stays as it is.

#include <string>
#include <string_view>

#include "products.hpp"

namespace ingot::compiler::lower {

/// How guest memory that the MMU checks is read and written: by the translator's helpers, which clang's optimiser dissolves, or by
/// volatile accesses, which are a third of the work for who reads them, and which native/backend/guest_accesses knows.
enum class Accesses { helpers, direct };

/// What the compiler makes of floating-point arithmetic with a constant: what is written there, or `x` of `x * 1.0`, by which a signalling NaN
/// would stay one (core specification 2.0, 4.3.3, NaN propagation). Where it simplifies, 0 and 1, what may turn out to be them, and what was promoted
/// to be demoted again stay in variables, which a compiler that does not optimise reads back.
enum class Arithmetic { as_written, simplified };

/// What the C is written for.
struct NestRules {
  Accesses accesses = Accesses::helpers;
  Arithmetic arithmetic = Arithmetic::as_written;
};

/// Once, before the functions: the types of direct accesses, into the header that declares all other types.
void declare_access_types(SourceFiles& files, const NestRules& rules);

/// Every function in the text of one part. `left_alone` counts those that stayed as they were.
std::string nested(std::string_view text, const NestRules& rules, std::size_t& left_alone);

}  // namespace ingot::compiler::lower
