// SPDX-License-Identifier: Apache-2.0
#pragma once
// WASI preview1 (abi/WASI.md) as checks on a module's imports and exports.

#include "base/result.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::ingest {

/// Does it import anything of WASI's?
bool imports_wasi(const Module& module);
/// One that is a function. Errors: contract, naming the import, and the expected type.
Result<void> check_wasi_import(const Module& module, const ModuleImport& import);
/// All of them. Errors: as above.
Result<void> check_wasi_imports(const Module& module);
/// A program exports `_start`, a reactor `_initialize` or nothing of the kind. Errors: contract, naming the export.
Result<void> check_wasi_exports(const Module& module);

}  // namespace ingot::compiler::ingest
