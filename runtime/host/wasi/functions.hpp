// SPDX-License-Identifier: Apache-2.0
#pragma once
// WASI preview1 as host functions: the table of abi/wasi_functions.hpp, under both of its module names.

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "format/manifest.hpp"
#include "host/wasi/call.hpp"
#include "ingot/abi.h"

namespace ingot::host::wasi {

/// The host function for that import, whose context is the Instance that imports it; the instance's host data is a World. Errors: contract, naming an import that does not exist, is
/// of another type, or is not a function.
Result<ingot_host_function> resolve_import(const format::Import& import);

/// One host function per imported function of the manifest, in order. Errors: as above.
Result<std::vector<ingot_host_function>> resolve_imports(const format::Manifest& manifest);

/// The function of that name as a guest calls it, on whatever stack this is: `slots` holds the arguments and takes the result. What the guest should end with, or
/// INGOT_TRAP_NONE. REQUIRES: a name of abi/wasi_functions.hpp.
ingot_trap invoke(std::string_view name, Dialect dialect, const instance::GuestMemory& memory, World& world, ingot_slot* slots) noexcept;

}  // namespace ingot::host::wasi
