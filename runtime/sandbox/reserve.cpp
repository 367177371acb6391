// SPDX-License-Identifier: Apache-2.0
#include "sandbox/reserve.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

// Linux 4.17; older headers lack it.
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace ingot::sandbox {

Result<std::uint8_t*> reserve(std::uint64_t bytes, const char* what) {
  void* base = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return Error{ErrorCode::limit, std::string("cannot reserve address space for a guest's ") + what + ": " + std::strerror(errno) +
                                       " (see vm.max_map_count and ulimit -v)"};
  }
  madvise(base, bytes, MADV_DONTDUMP);
  return static_cast<std::uint8_t*>(base);
}

bool is_free(std::uintptr_t address, std::uint64_t bytes) {
  void* const wanted = reinterpret_cast<void*>(address);
  void* const got = mmap(wanted, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got == MAP_FAILED) return false;
  munmap(got, bytes);
  return got == wanted;  // an older kernel takes the address for a wish
}

}  // namespace ingot::sandbox
