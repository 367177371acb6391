// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/filestat.hpp"

#include <fcntl.h>

namespace ingot::host::wasi {
namespace {

void put(std::string& bytes, std::size_t at, const auto& value) { std::memcpy(bytes.data() + at, &value, sizeof value); }

std::uint64_t nanoseconds(const timespec& time) {
  // Before 1970 there is no time in WASI.
  return time.tv_sec < 0 ? 0 : static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

timespec time_of(std::uint64_t time_ns) { return {static_cast<time_t>(time_ns / 1'000'000'000u), static_cast<long>(time_ns % 1'000'000'000u)}; }

}  // namespace

FileType type_of(const struct stat& about) {
  switch (about.st_mode & S_IFMT) {
    case S_IFREG: return FileType::regular_file;
    case S_IFDIR: return FileType::directory;
    case S_IFLNK: return FileType::symbolic_link;
    case S_IFCHR: return FileType::character_device;
    case S_IFBLK: return FileType::block_device;
    case S_IFSOCK: return FileType::socket_stream;
    default: return FileType::unknown;
  }
}

std::string filestat_bytes(const struct stat& about, FileType type, Dialect dialect) {
  std::string bytes(filestat_size(dialect), '\0');
  put(bytes, 0, static_cast<std::uint64_t>(about.st_dev));
  put(bytes, 8, static_cast<std::uint64_t>(about.st_ino));
  put(bytes, 16, type);
  // The draft counts links in 32 bits, which fit in front of the size.
  const bool draft = dialect == Dialect::unstable;
  if (draft) {
    put(bytes, 20, static_cast<std::uint32_t>(about.st_nlink));
  } else {
    put(bytes, 24, static_cast<std::uint64_t>(about.st_nlink));
  }
  const std::size_t size_at = draft ? 24 : 32;
  put(bytes, size_at, static_cast<std::uint64_t>(about.st_size));
  put(bytes, size_at + 8, nanoseconds(about.st_atim));
  put(bytes, size_at + 16, nanoseconds(about.st_mtim));
  put(bytes, size_at + 24, nanoseconds(about.st_ctim));
  return bytes;
}

Errno read_times(const Call& call, int first, std::array<timespec, 2>& times) {
  const std::uint32_t flags = call.word(first + 2);
  constexpr std::uint32_t both_atim = timeflag::atim | timeflag::atim_now;
  constexpr std::uint32_t both_mtim = timeflag::mtim | timeflag::mtim_now;
  if ((flags & ~timeflag::all) != 0 || (flags & both_atim) == both_atim || (flags & both_mtim) == both_mtim) return Errno::inval;
  times = {timespec{0, UTIME_OMIT}, timespec{0, UTIME_OMIT}};
  if ((flags & timeflag::atim) != 0) times[0] = time_of(call.wide(first));
  if ((flags & timeflag::atim_now) != 0) times[0].tv_nsec = UTIME_NOW;
  if ((flags & timeflag::mtim) != 0) times[1] = time_of(call.wide(first + 1));
  if ((flags & timeflag::mtim_now) != 0) times[1].tv_nsec = UTIME_NOW;
  return Errno::success;
}

}  // namespace ingot::host::wasi
