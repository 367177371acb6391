// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one owner of SIGSEGV and SIGBUS, and of the signal that stops runaway guests.

#include "base/result.hpp"
#include "sandbox/activation.hpp"

namespace ingot::sandbox {

/// The thread-directed signal that asks a thread to look at its state word. SIGURG is ignored by default, so that a stray one
/// is harmless, and no library we use claims it.
extern const int interrupt_signal;

/// Installs the handlers once per process, keeping the previous ones for faults that are not a guest's. Idempotent, any thread.
Result<void> install_fault_handler();

/// Did an interrupt that found host code at work make the guest's next import call raise STACK_EXHAUSTED? Then that trap is the request that came.
bool import_calls_were_stopped(const Activation& activation);

}  // namespace ingot::sandbox
