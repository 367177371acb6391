// SPDX-License-Identifier: Apache-2.0
#pragma once
// Extism 1.x plugins (abi/EXTISM.md) as checks on a module's imports and exports.

#include "base/result.hpp"
#include "extism_functions.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::ingest {

/// The type of one of Extism's own functions.
format::FunctionType type_of(const extism::Signature& function);
/// Does it import anything from one of Extism's own modules?
bool imports_extism(const Module& module);
/// Functions of Extism and of WASI have their exact types; those of other modules, which a host or another module of the manifest offers, pass numbers only. Errors: contract,
/// naming the import, and the expected type.
Result<void> check_extism_imports(const Module& module);
/// What a host calls before the first function has the type that it is called with. Errors: contract, naming the export.
Result<void> check_extism_exports(const Module& module);

}  // namespace ingot::compiler::ingest
