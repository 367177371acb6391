// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the registers of a trapped guest to the guest functions that were active.

#include "load/module.hpp"
#include "sandbox/activation.hpp"
#include "sandbox/trap.hpp"

namespace ingot::instance {

/// Walks the guest's stack from where `activation` trapped and names what it finds by the bundle's symbols section, innermost first. Code
/// that is no guest function (thunks, wrappers) is left out. Reads nothing outside the activation's stack, whatever the symbols say, and
/// ends after limits::backtrace_frames_max frames. Empty when the bundle has no symbols or the trap came from nowhere known.
/// REQUIRES: enter() has just returned a trap on this thread and nothing has used the guest's stack since. Not for signal handlers.
sandbox::Backtrace backtrace(const load::LoadedModule& module, const sandbox::Activation& activation);

}  // namespace ingot::instance
