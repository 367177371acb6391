// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one owner of SIGSEGV and SIGBUS, and of the signal that stops runaway guests.

#include "base/result.hpp"

namespace ingot::sandbox {

/// The thread-directed signal that asks a thread to look at its state word. SIGURG is ignored by default, so that a stray one
/// is harmless, and no library we use claims it.
extern const int interrupt_signal;

/// Installs the handlers once per process, keeping the previous ones for faults that are not a guest's. Idempotent, any thread.
Result<void> install_fault_handler();

}  // namespace ingot::sandbox
