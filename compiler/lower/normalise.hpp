// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      AgreedModule.
// Out:     NormalModule: the same sections without custom ones, every name replaced by a number of ours, relaxed SIMD replaced by core instructions.
// Refuses: nothing; what it is given has been judged.
//
// Function imports become "h"."f<k>" (k counts function imports), other imports "x"."m0", "x"."t<k>", "x"."g<k>"; exports become "e<k>" by their
// place. So no text that a module's author chose reaches the translator, a C identifier or a C comment; two names can never
// collide after mangling; and an empty import module name, on which the translator asserts, cannot occur. The true names are in the manifest.

#include "lower/mark_lines.hpp"
#include "products.hpp"

namespace ingot::compiler::lower {

/// Name of the translated module, as wasm2c's --module-name: every generated symbol begins with w2c_m_ or wasm2c_m_.
inline constexpr const char* module_name = "m";
/// Name of the import module of all functions.
inline constexpr const char* host_module_name = "h";

NormalModule normalise(AgreedModule agreed);

/// The rewriting itself, with lines marked (lower/mark_lines.hpp) when `marks` is given. REQUIRES: `module` was read from `wasm`.
format::Bytes normal_bytes(const ingest::Module& module, format::ByteView wasm, const SourceLines& lines = {}, Marks* marks = nullptr);

}  // namespace ingot::compiler::lower
