// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a child program may do. The translator reads hostile input and may have bugs of its own, so it runs with little: bounded time,
// memory, file size and descriptors, no network, no way to gain privileges, no new processes, no debugging of others.
// Compilers get the same walls with more room. Everything here runs between fork and exec: no allocation, no locks.

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::compiler::process {

struct Confinement {
  std::uint64_t cpu_seconds_max = 60;
  std::uint64_t memory_bytes_max = 0;  ///< address space
  std::uint64_t private_bytes_max = UINT64_MAX;  ///< what of that is its own to write
  std::uint64_t file_bytes_max = 0;    ///< largest file that it may write
  std::uint64_t open_files_max = 64;
  bool may_start_processes = false;    ///< threads count as processes here
  /// If it may, how many there may be in all. Not the kernel's doing but the parent's, who looks now and then: a wall against runaways.
  std::uint64_t processes_max = 64;
  /// What it may read and run, and where it may write too (landlock.hpp). Both empty: whatever the user may.
  std::vector<std::string> readable, writable;
};

/// Puts the calling process behind the walls. Returns the name of the step that failed, or nullptr. Refusing the network by name space
/// is best effort (it needs rights that a container may lack); refusing it by system call filter is not.
const char* confine(const Confinement& confinement);

}  // namespace ingot::compiler::process
