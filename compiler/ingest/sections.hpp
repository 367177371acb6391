// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a module's sections into a Module: strict about structure and order, bounded by abi/limits.hpp, and refusing by name what the
// policy refuses. It does not type-check; it never allocates more than a small multiple of the module's own size.

#include "base/result.hpp"
#include "format/bundle.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::ingest {

/// Errors: invalid_wasm (malformed), unsupported_wasm (a component, a refused feature, a limit). Each names section and offset.
Result<Module> read_module(format::ByteView file, const Features& features = {});

}  // namespace ingot::compiler::ingest
