// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waiting for files and for time, so that a deadline, a cancel and (on a fiber) the thread's other guests get their turn.

#include <poll.h>

#include <span>

#include "sandbox/strand.hpp"

namespace ingot::host::wasi {

/// Until one of `files` has something to say (`unparked`; poll(2) has filled in which), until the time, or until the call is asked to stop. No files: only the time.
sandbox::Woken wait_for(std::span<pollfd> files, sandbox::Clock::time_point until);

/// For one file, for as long as it takes. False: the call was asked to stop.
bool wait_for(int file, short events);

}  // namespace ingot::host::wasi
