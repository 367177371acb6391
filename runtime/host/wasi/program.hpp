// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program from its start to its end: `_start`, or for a reactor `_initialize`.

#include <cstdint>
#include <variant>

#include "host/wasi/world.hpp"
#include "instance/instance.hpp"

namespace ingot::host::wasi {

/// The program's exit code, or what stopped it.
using Ending = std::variant<std::uint32_t, sandbox::Trap>;

/// Is there something to run? The export of `_start`, -1 for a reactor that only exports `_initialize`. Errors: contract.
Result<int> find_start(const load::LoadedModule& module);

/// Starts the instance and calls `start` (as of find_start). A program that returns has exit code 0. REQUIRES: the instance is empty, its host functions are
/// resolve_imports()', inside a CallScope.
Ending run_program(instance::Instance& program, World& world, int start);

}  // namespace ingot::host::wasi
