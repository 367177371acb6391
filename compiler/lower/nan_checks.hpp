// SPDX-License-Identifier: Apache-2.0
#pragma once
// The translator asks before every square root, rounding, absolute value and conversion between the two sizes of real numbers whether the operand is a
// NaN, and makes a signalling one quiet itself, for compilers and processors that may not. Each of these is one instruction wherever IEEE 754-2019 holds
// (6.2, operations with NaNs: every operation but the ones on bits delivers a quiet one; 5.5.1: abs is one on bits and delivers any NaN as it is), and
// that clang emits the instruction is what Arithmetic in nest.hpp and native/flags.cpp are about. A comparison and a branch less for each.
//
// In:      generated C with the translator's helpers as wasm2c 1.0.42 writes them.
// Out:     the same program.
// Refuses: nothing: a helper that is written differently stays as it is.

#include <string>

namespace ingot::compiler::lower {

/// In the text that defines the helpers, or in any other.
void drop_nan_checks(std::string& text);

}  // namespace ingot::compiler::lower
