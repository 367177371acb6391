// SPDX-License-Identifier: Apache-2.0
#pragma once
// The four clocks of WASI, from this system's.

#include <cstdint>

#include "host/wasi/errno.hpp"

namespace ingot::host::wasi {

/// The two processor clocks are one here: that of the thread which runs the guest. What other guests of this process use is nobody's business.
enum class ClockId : std::uint32_t { realtime, monotonic, process_cpu, thread_cpu };

/// Nanoseconds. Errors: inval, for a clock that there is not.
Errno clock_ns(ClockId id, std::uint64_t& now);
Errno clock_resolution_ns(ClockId id, std::uint64_t& resolution);

}  // namespace ingot::host::wasi
