// SPDX-License-Identifier: Apache-2.0
#pragma once
// SIGINT and SIGTERM become a flag that long verbs look at, so that an interrupted one removes what it has begun; a second one ends the process at once. A file that would
// become too large (ulimit -f) is an error of write() and no signal. Process-wide.

namespace ingot::cli {

/// From now on.
void catch_interrupts();
/// True once somebody asked us to stop.
bool interrupted();

}  // namespace ingot::cli
