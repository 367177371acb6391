// SPDX-License-Identifier: Apache-2.0
//
// Functions on open files that move no content.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "host/wasi/bodies.hpp"
#include "host/wasi/filestat.hpp"

namespace ingot::host::wasi {
namespace {

Errno result_of(int status) { return status == 0 ? Errno::success : last_errno(); }

constexpr std::uint64_t offset_max = INT64_MAX;

/// A range [offset, offset+length) that files can have.
bool is_range(std::uint64_t offset, std::uint64_t length) { return offset <= offset_max && length <= offset_max - offset; }

int host_whence(std::uint32_t whence, Dialect dialect) {
  // The draft counts them as cur, end, set; the snapshot as set, cur, end.
  if (whence > 2) return -1;
  constexpr std::array<int, 3> preview1{SEEK_SET, SEEK_CUR, SEEK_END};
  constexpr std::array<int, 3> draft{SEEK_CUR, SEEK_END, SEEK_SET};
  return (dialect == Dialect::unstable ? draft : preview1)[whence];
}

Errno give_position(const Call& call, Descriptor& file, off_t offset, int whence, std::uint32_t address) {
  if (!call.has_room(address, 8)) return Errno::fault;
  const off_t at = lseek(file.host.get(), offset, whence);
  return at < 0 ? last_errno() : call.give(address, static_cast<std::uint64_t>(at));
}

}  // namespace

Errno fd_advise(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_advise, file); error != Errno::success) return error;
  constexpr std::array<int, 6> advices{POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM, POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
  if (call.word(3) >= advices.size() || !is_range(call.wide(1), call.wide(2))) return Errno::inval;
  if (file->type == FileType::directory) return Errno::badf;
  return errno_of(posix_fadvise(file->host.get(), static_cast<off_t>(call.wide(1)), static_cast<off_t>(call.wide(2)), advices[call.word(3)]));
}

Errno fd_allocate(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_allocate, file); error != Errno::success) return error;
  if (call.wide(1) > offset_max || call.wide(2) > offset_max || call.wide(2) == 0) return Errno::inval;
  return result_of(fallocate(file->host.get(), 0, static_cast<off_t>(call.wide(1)), static_cast<off_t>(call.wide(2))));
}

Errno fd_close(Call& call) { return call.world.descriptors().close(call.word(0)); }

Errno fd_datasync(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_datasync, file); error != Errno::success) return error;
  return result_of(fdatasync(file->host.get()));
}

Errno fd_sync(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_sync, file); error != Errno::success) return error;
  return result_of(fsync(file->host.get()));
}

Errno fd_fdstat_get(Call& call) {
  const Descriptor* file = call.world.descriptors().find(call.word(0));
  if (file == nullptr) return Errno::badf;
  struct {
    FileType type;
    std::uint8_t unused0 = 0;
    std::uint16_t flags;
    std::uint32_t unused1 = 0;
    Rights base, inheriting;
  } const stat{.type = file->type, .flags = static_cast<std::uint16_t>(file->flags), .base = file->base, .inheriting = file->inheriting};
  static_assert(sizeof stat == 24);
  return call.give(call.word(1), stat);
}

Errno fd_fdstat_set_flags(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_fdstat_set_flags, file); error != Errno::success) return error;
  const std::uint32_t flags = call.word(1);
  if ((flags & ~fdflag::all) != 0) return Errno::inval;
  const std::uint32_t changed = flags ^ file->flags;
  // When data reaches the disk is decided when a file is opened (fcntl(2), F_SETFL).
  if ((changed & (fdflag::dsync | fdflag::rsync | fdflag::sync)) != 0) return Errno::inval;
  if ((changed & fdflag::append) != 0) {
    if (file->is_inherited) return Errno::notsup;  // the flag would change for whoever else has that file
    const int now = fcntl(file->host.get(), F_GETFL);
    if (now < 0 || fcntl(file->host.get(), F_SETFL, (flags & fdflag::append) != 0 ? now | O_APPEND : now & ~O_APPEND) != 0) return last_errno();
  }
  file->flags = flags;  // whether it waits is decided here, by transfer.cpp
  return Errno::success;
}

Errno fd_fdstat_set_rights(Call& call) {
  Descriptor* file = call.world.descriptors().find(call.word(0));
  if (file == nullptr) return Errno::badf;
  if ((call.wide(1) & ~file->base) != 0 || (call.wide(2) & ~file->inheriting) != 0) return Errno::notcapable;
  file->base = call.wide(1);
  file->inheriting = call.wide(2);
  return Errno::success;
}

Errno fd_filestat_get(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_filestat_get, file); error != Errno::success) return error;
  struct stat about {};
  if (fstat(file->host.get(), &about) != 0) return last_errno();
  return call.memory.copy_out(call.word(1), filestat_bytes(about, file->type, call.dialect)) ? Errno::success : Errno::fault;
}

Errno fd_filestat_set_size(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_filestat_set_size, file); error != Errno::success) return error;
  if (call.wide(1) > offset_max) return Errno::inval;
  return result_of(ftruncate(file->host.get(), static_cast<off_t>(call.wide(1))));
}

Errno fd_filestat_set_times(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_filestat_set_times, file); error != Errno::success) return error;
  std::array<timespec, 2> times{};
  if (const Errno error = read_times(call, 1, times); error != Errno::success) return error;
  if (file->read_only) return Errno::rofs;
  return result_of(futimens(file->host.get(), times.data()));
}

Errno fd_prestat_get(Call& call) {
  const Descriptor* file = call.world.descriptors().find(call.word(0));
  if (file == nullptr || !file->granted_as) return Errno::badf;
  struct {
    std::uint32_t tag = 0;  // a directory
    std::uint32_t name_bytes;
  } const stat{.name_bytes = static_cast<std::uint32_t>(file->granted_as->size())};
  static_assert(sizeof stat == 8);
  return call.give(call.word(1), stat);
}

Errno fd_prestat_dir_name(Call& call) {
  const Descriptor* file = call.world.descriptors().find(call.word(0));
  if (file == nullptr || !file->granted_as) return Errno::badf;
  if (call.word(2) < file->granted_as->size()) return Errno::nametoolong;
  return call.memory.copy_out(call.word(1), *file->granted_as) ? Errno::success : Errno::fault;
}

Errno fd_renumber(Call& call) { return call.world.descriptors().renumber(call.word(0), call.word(1)); }

Errno fd_seek(Call& call) {
  const int whence = host_whence(call.word(2), call.dialect);
  // To ask where one stands is fd_tell's right.
  const bool only_asks = whence == SEEK_CUR && call.wide(1) == 0;
  Descriptor* file = nullptr;
  const Errno error = call.world.descriptors().find(call.word(0), only_asks ? right::fd_tell : right::fd_seek, file);
  if (error != Errno::success) return error;
  if (whence < 0) return Errno::inval;
  return give_position(call, *file, static_cast<off_t>(call.wide(1)), whence, call.word(3));
}

Errno fd_tell(Call& call) {
  Descriptor* file = nullptr;
  if (const Errno error = call.world.descriptors().find(call.word(0), right::fd_tell, file); error != Errno::success) return error;
  return give_position(call, *file, 0, SEEK_CUR, call.word(1));
}

}  // namespace ingot::host::wasi
