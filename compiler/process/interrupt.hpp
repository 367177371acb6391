// SPDX-License-Identifier: Apache-2.0
#pragma once
// SIGINT and SIGTERM become a flag that long waits look at, so that an interrupted build ends like a failed one: children killed,
// temporary files removed, no output. Process-wide; the handler only sets the flag.

#include "base/result.hpp"

namespace ingot::compiler::process {

/// Catches SIGINT and SIGTERM from now on. Called once, by main().
void catch_interrupts();

/// The signal that asked us to stop, or 0.
int interrupted();

/// The Error that an interrupted step returns; main() exits with 128 + signal whatever the text says.
Error interrupted_error();

}  // namespace ingot::compiler::process
