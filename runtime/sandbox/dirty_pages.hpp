// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which pages of a private mapping are this process's own, because something was written to them: what a reset has to undo.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ingot::sandbox {

/// Pages [begin, end) of the address space.
struct PageRun {
  std::uintptr_t begin;
  std::uintptr_t end;
};

/// Whether a page that the kernel maps to its one page of zeros counts as not written to: so it is in memory that began as zeros, and not in a file's, where
/// the kernel may put it for a page of zeros that was written (KSM).
enum class ZeroPages { untouched, written };

/// Fills `runs` with the pages of [begin, end), both multiples of the system's page, that were written to, in rising order, swapped ones among them; returns
/// how many runs there are. Nothing if they do not fit, if there are more than `pages_max` pages, if the kernel cannot tell (PAGEMAP_SCAN, Linux 6.7), or
/// in a child of the process that asked first. One system call. Thread-safe, as long as nobody else writes there.
std::optional<std::size_t> written_pages(std::uintptr_t begin, std::uintptr_t end, ZeroPages zero_pages, std::size_t pages_max, std::span<PageRun> runs);

/// How many page faults this thread has had. Who has had none since it asked has written to no page that was not this process's own already (the kernel counts those
/// that it takes in a thread's system calls as the thread's). Nothing in a child of the process that asked first. One system call, which takes a fifth of the time
/// of the one above.
std::optional<std::uint64_t> faults_of_this_thread();

/// For tests: as on a kernel that cannot tell.
void pretend_no_page_scan(bool pretend);

}  // namespace ingot::sandbox
