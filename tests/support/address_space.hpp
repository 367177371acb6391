// SPDX-License-Identifier: Apache-2.0
#pragma once
// A process that has run out: of addresses, or of the memory that it may write to. Both end with the object that made them.

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include "limits.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INGOT_SANITIZED 1
#endif
#if __has_feature(thread_sanitizer)
#define INGOT_THREAD_SANITIZED 1
#endif
#endif

namespace ingot::test {

/// A number of /proc/self/status, "VmSize" for example, in KiB.
inline std::uint64_t status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == name + ":" && status >> kib) return kib;
  }
  std::abort();
}

/// Every hole of the address space that `smallest` bytes would fit into is taken, by mappings that cost nothing. ThreadSanitizer has rules about addresses and
/// ends a process that gets others.
class NoAddressesLeft {
 public:
  explicit NoAddressesLeft(std::uint64_t smallest) {
    for (std::uint64_t bytes = std::uint64_t{1} << 46; bytes >= smallest; bytes /= 2) {
      while (count_ < taken_.size()) {
        void* const place = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (place == MAP_FAILED) break;
        taken_[count_++] = {place, bytes};
      }
    }
  }
  ~NoAddressesLeft() {
    for (std::size_t i = 0; i < count_; ++i) munmap(taken_[i].first, taken_[i].second);
  }
  NoAddressesLeft(const NoAddressesLeft&) = delete;
  NoAddressesLeft& operator=(const NoAddressesLeft&) = delete;

 private:
  std::array<std::pair<void*, std::size_t>, 4096> taken_{};
  std::size_t count_ = 0;
};

/// The kernel makes no more than a few MiB writable for this process: mprotect, and malloc of more than that, fail.
class NoMemoryLeft {
 public:
  NoMemoryLeft() {
    malloc_trim(0);  // what was freed before would serve
    getrlimit(RLIMIT_DATA, &before_);
    rlimit now = before_;
    now.rlim_cur = status_kib("VmData") * limits::KiB + 4 * limits::MiB;
    setrlimit(RLIMIT_DATA, &now);
  }
  ~NoMemoryLeft() { setrlimit(RLIMIT_DATA, &before_); }
  NoMemoryLeft(const NoMemoryLeft&) = delete;
  NoMemoryLeft& operator=(const NoMemoryLeft&) = delete;

 private:
  rlimit before_{};
};

}  // namespace ingot::test
