// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      the path of a .wasm file or of a module folder.
// Out:     Inputs: the module's bytes, its name, its module.json.
// Refuses: files too large (3), folders in which the module cannot be told, a module.json that is not JSON (3); io errors as such.
// In a folder the module is the `wasm_path` of module.json, else module.wasm, else the only *.wasm below.

#include "products.hpp"

namespace ingot::compiler::ingest {

Result<Inputs> read(const Request& request);

}  // namespace ingot::compiler::ingest
