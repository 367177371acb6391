// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the kernel says of this process.

#include <cstdint>

namespace ingot::observe {

struct ProcessFacts {
  double cpu_seconds = 0;             ///< user and system, all threads
  std::uint64_t resident_bytes = 0;   ///< 0: not known
  std::uint64_t open_files = 0;
  std::uint64_t mappings = 0;         ///< lines of /proc/self/maps; the kernel's limit is vm.max_map_count
  std::uint64_t threads = 0;
};

/// Reads /proc: some tens of microseconds, more with many mappings. Any thread.
ProcessFacts process_facts();

}  // namespace ingot::observe
