// SPDX-License-Identifier: Apache-2.0
#pragma once
// The EERP contract (abi/EERP.md) as checks on a module's imports and exports.

#include "base/result.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::ingest {

/// Errors: contract, naming the import, and the expected type or the nearest known name.
Result<void> check_eerp_imports(const Module& module);
/// Errors: contract, naming the export.
Result<void> check_eerp_exports(const Module& module);

}  // namespace ingot::compiler::ingest
