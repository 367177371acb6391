// SPDX-License-Identifier: Apache-2.0
#include "process/reading.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace ingot::compiler::process {
namespace {

constexpr std::size_t step_bytes = 128 << 10;  // in the second-level cache of every x86-64 that we know, with room to spare
constexpr std::uintptr_t large_page_bytes = 2 << 20;

}  // namespace

format::Bytes with_room_for(std::size_t size) {
  format::Bytes bytes;
  bytes.reserve(size);
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = (begin + large_page_bytes - 1) & ~(large_page_bytes - 1);
  const std::uintptr_t last = (begin + size) & ~(large_page_bytes - 1);
  if (first < last) (void)::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // a kernel without them says no, and that is all
  return bytes;
}

Result<std::size_t> append_some(int fd, std::size_t most, format::Bytes& bytes) {
  thread_local std::array<std::uint8_t, step_bytes> step;
  while (true) {
    const ssize_t got = ::read(fd, step.data(), std::min(most, step.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::io, std::strerror(errno)};
    bytes.insert(bytes.end(), step.begin(), step.begin() + got);
    return static_cast<std::size_t>(got);
  }
}

}  // namespace ingot::compiler::process
