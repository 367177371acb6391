// SPDX-License-Identifier: Apache-2.0
//
// The numbers are Linux's (Documentation/admin-guide/mm/pagemap.rst, include/uapi/linux/fs.h of 6.7); Debian 12's headers are older.
#include "sandbox/dirty_pages.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace ingot::sandbox {
namespace {

struct ScanRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr unsigned long pagemap_scan = _IOWR('f', 16, ScanArguments);
enum : std::uint64_t { is_file = 1 << 2, is_present = 1 << 3, is_swapped = 1 << 4, is_zero_page = 1 << 5 };

constexpr std::size_t runs_max = 64;

std::atomic<bool> pretend_none{false};

std::atomic<bool> forked{false};

/// Of this process, open as long as it lives; -1 where there is none. A child has the parent's, which tells of the parent's memory.
int pagemap() {
  static const int descriptor = [] {
    if (pthread_atfork(nullptr, nullptr, [] { forked.store(true, std::memory_order_relaxed); }) != 0) return -1;
    return open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  }();
  return forked.load(std::memory_order_relaxed) ? -1 : descriptor;
}

}  // namespace

void pretend_no_page_scan(bool pretend) { pretend_none.store(pretend, std::memory_order_relaxed); }

std::optional<std::size_t> written_pages(std::uintptr_t begin, std::uintptr_t end, ZeroPages zero_pages, std::size_t pages_max, std::span<PageRun> runs) {
  if (begin >= end) return 0;
  if (pagemap() < 0 || pretend_none.load(std::memory_order_relaxed)) return std::nullopt;
  std::array<ScanRegion, runs_max> regions;
  ScanArguments arguments{};
  arguments.size = sizeof arguments;
  arguments.start = begin;
  arguments.end = end;
  arguments.vec = reinterpret_cast<std::uintptr_t>(regions.data());
  arguments.vec_len = std::min(regions.size(), runs.size());
  arguments.max_pages = pages_max;
  // A page of its own is not the file's, nor the zero page, and it is there, in memory or in the swap.
  arguments.category_inverted = arguments.category_mask = is_file | (zero_pages == ZeroPages::untouched ? is_zero_page : 0);
  arguments.category_anyof_mask = arguments.return_mask = is_present | is_swapped;
  const int count = ioctl(pagemap(), pagemap_scan, &arguments);
  if (count < 0 || arguments.walk_end != end) return std::nullopt;
  for (int i = 0; i < count; ++i) runs[static_cast<std::size_t>(i)] = {regions[static_cast<std::size_t>(i)].start, regions[static_cast<std::size_t>(i)].end};
  return static_cast<std::size_t>(count);
}

std::optional<std::uint64_t> faults_of_this_thread() {
  rusage usage{};
  if (pagemap() < 0 || pretend_none.load(std::memory_order_relaxed) || getrusage(RUSAGE_THREAD, &usage) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(usage.ru_minflt) + static_cast<std::uint64_t>(usage.ru_majflt);
}

}  // namespace ingot::sandbox
