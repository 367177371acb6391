// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "host/wasi/bodies.hpp"
#include "host/wasi/place.hpp"

namespace ingot::host::wasi {
namespace {

/// The arguments, by name.
struct Wish {
  std::uint32_t lookup_flags, oflags, fdflags;
  Rights base, inheriting;

  bool creates() const { return (oflags & oflag::create) != 0; }
  bool truncates() const { return (oflags & oflag::truncate) != 0; }
  bool is_directory() const { return (oflags & oflag::directory) != 0; }
  bool writes() const { return !is_directory() && (base & right::that_write) != 0; }
};

bool is_possible(const Wish& wish) {
  if ((wish.lookup_flags & ~lookup::all) != 0 || (wish.oflags & ~oflag::all) != 0 || (wish.fdflags & ~fdflag::all) != 0) return false;
  // open(2) makes no directories.
  return !(wish.creates() && wish.is_directory());
}

Rights needed_for(const Wish& wish) {
  return right::path_open | (wish.creates() ? right::path_create_file : 0) | (wish.truncates() ? right::path_filestat_set_size : 0);
}

std::uint64_t host_flags(const Wish& wish) {
  const bool reads = (wish.base & (right::fd_read | right::fd_readdir)) != 0;
  // A pipe that nobody has open at its other end would hold us up; whether a guest waits is decided when it reads and writes. No file becomes this process's terminal.
  std::uint64_t flags = O_NONBLOCK | O_NOCTTY;
  flags |= !wish.writes() ? O_RDONLY : reads ? O_RDWR : O_WRONLY;
  if (wish.creates()) flags |= O_CREAT;
  if ((wish.oflags & oflag::exclusive) != 0) flags |= O_EXCL;
  if (wish.truncates()) flags |= O_TRUNC;
  if (wish.is_directory()) flags |= O_DIRECTORY;
  if ((wish.lookup_flags & lookup::symlink_follow) == 0) flags |= O_NOFOLLOW;
  if ((wish.fdflags & fdflag::append) != 0) flags |= O_APPEND;
  if ((wish.fdflags & fdflag::dsync) != 0) flags |= O_DSYNC;
  if ((wish.fdflags & (fdflag::sync | fdflag::rsync)) != 0) flags |= O_SYNC;
  return flags;
}

Opened open_file(const Call& call, const Descriptor& directory, const Wish& wish, const std::string& path) {
  const Resolver& resolver = call.world.resolver();
  const std::uint64_t flags = host_flags(wish);
  if (!directory.read_only) return resolver.open(directory.host.get(), path.c_str(), flags, wish.creates() ? 0666 : 0);
  if (wish.writes() || wish.truncates()) return {Errno::rofs, {}};
  // What is there already may be read.
  Opened opened = resolver.open(directory.host.get(), path.c_str(), flags & ~std::uint64_t{O_CREAT | O_EXCL}, 0);
  if (!wish.creates()) return opened;
  if (opened.error == Errno::noent) return {Errno::rofs, {}};
  if (opened.error == Errno::success && (wish.oflags & oflag::exclusive) != 0) return {Errno::exist, {}};
  return opened;
}

}  // namespace

Errno path_open(Call& call) {
  const Wish wish{.lookup_flags = call.word(1), .oflags = call.word(4), .fdflags = call.word(7), .base = call.wide(5), .inheriting = call.wide(6)};
  Descriptor* directory = nullptr;
  if (const Errno error = find_directory(call, call.word(0), needed_for(wish), directory); error != Errno::success) return error;
  if (!is_possible(wish)) return Errno::inval;
  if (((wish.base | wish.inheriting) & ~directory->inheriting) != 0) return Errno::notcapable;
  std::string path;
  if (const Errno error = read_path(call, call.word(2), call.word(3), path); error != Errno::success) return error;
  if (!call.has_room(call.word(8), 4)) return Errno::fault;
  DescriptorTable& descriptors = call.world.descriptors();
  if (descriptors.full()) return Errno::mfile;
  Opened opened = open_file(call, *directory, wish, path);
  if (opened.error != Errno::success) return opened.error;
  auto descriptor = describe(std::move(opened.fd), wish.base, wish.inheriting);
  if (!descriptor) return last_errno();
  descriptor->flags = wish.fdflags;
  descriptor->never_waits = true;
  descriptor->read_only = directory->read_only;
  return call.give(call.word(8), descriptors.add(std::move(*descriptor)));
}

}  // namespace ingot::host::wasi
