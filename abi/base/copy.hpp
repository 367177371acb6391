// SPDX-License-Identifier: Apache-2.0
#pragma once
// memcpy for large blocks whose places nobody chose.
//
// From some kilobytes on, the C library copies with `rep movsb` where the processor says that it is fast. On AMD's it is not, by a factor of twenty, where the destination lies fewer
// than 64 bytes behind the source modulo a page (measured on an EPYC with glibc 2.36: 64 KiB in the cache, 2 GB/s instead of 40). Pieces below its threshold are copied otherwise.
// The island's own memcpy avoids the same (compiler/lower/island/memory.c).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ingot {

/// As memcpy: the two do not overlap. Null only with no bytes.
inline void copy_bytes(void* to, const void* from, std::size_t bytes) noexcept {
  constexpr std::size_t piece_bytes = 1024, page_bytes = 4096, slow_distance = 64;
  const std::size_t distance = (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from)) % page_bytes;
  if (bytes == 0) return;
  if (bytes <= piece_bytes || distance == 0 || distance >= slow_distance) {
    std::memcpy(to, from, bytes);
    return;
  }
  for (std::size_t done = 0; done < bytes; done += piece_bytes) {
    std::memcpy(static_cast<std::uint8_t*>(to) + done, static_cast<const std::uint8_t*>(from) + done, std::min(piece_bytes, bytes - done));
  }
}

}  // namespace ingot
