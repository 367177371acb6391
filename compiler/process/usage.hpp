// SPDX-License-Identifier: Apache-2.0
#pragma once
// What process groups use at this moment, as /proc tells it. Limits that the kernel keeps are for one process each; this is how a group of
// them is measured without any right over control groups. A look costs some 10 us for every process that /proc shows.

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ingot::compiler::process {

struct Usage {
  std::uint64_t threads = 0;       ///< of all processes of the group; a process has at least one
  std::uint64_t memory_bytes = 0;  ///< memory of their own that is in RAM; what a process shares with its fork() counts for both
};

/// One for each of `groups`, in their order; zeros for 0, for a group that is empty, and where there is no /proc.
std::vector<Usage> usage_of(std::span<const pid_t> groups);

/// What this process uses, by the same measure.
std::uint64_t own_memory_bytes();

/// The process group in a line of /proc/PID/stat; 0 when it is not one. The program's name in it is anything that the program likes.
pid_t group_in_stat(std::string_view stat);
/// Threads and memory in the text of /proc/PID/status.
Usage usage_in_status(std::string_view status);

}  // namespace ingot::compiler::process
