// SPDX-License-Identifier: Apache-2.0
//
// Entries of a directory. A guest's cookie is the kernel's own position behind an entry (getdents64's d_off), so nothing is kept between calls, and a guest that comes back with
// an older one gets the rest from there.

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "host/wasi/bodies.hpp"

namespace ingot::host::wasi {
namespace {

/// linux_dirent64 of getdents64(2), up to its name.
struct KernelEntry {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t record_bytes;
  std::uint8_t type;
};
constexpr std::size_t name_at = 19;
static_assert(offsetof(KernelEntry, type) + 1 == name_at);

struct GuestEntry {
  std::uint64_t next, inode;
  std::uint32_t name_bytes;
  FileType type;
  std::array<std::uint8_t, 3> unused{};
};
static_assert(sizeof(GuestEntry) == 24);

FileType type_of(std::uint8_t kernel) {
  switch (kernel) {
    case DT_BLK: return FileType::block_device;
    case DT_CHR: return FileType::character_device;
    case DT_DIR: return FileType::directory;
    case DT_REG: return FileType::regular_file;
    case DT_SOCK: return FileType::socket_stream;
    case DT_LNK: return FileType::symbolic_link;
    default: return FileType::unknown;
  }
}

/// The guest's buffer: what does not fit any more is cut, and that is how the guest knows that there is more.
struct Buffer {
  const Call& call;
  std::uint32_t address, bytes, used = 0;

  bool full() const { return used == bytes; }
  void append(std::string_view text) {
    text = text.substr(0, bytes - used);
    call.memory.copy_out(address + used, text);
    used += static_cast<std::uint32_t>(text.size());
  }
};

void append_entry(Buffer& buffer, const KernelEntry& entry, std::string_view name) {
  // What is above a directory is none of its reader's business.
  const GuestEntry header{static_cast<std::uint64_t>(entry.next), name == ".." ? 0 : entry.inode, static_cast<std::uint32_t>(name.size()), type_of(entry.type)};
  buffer.append({reinterpret_cast<const char*>(&header), sizeof header});
  buffer.append(name);
}

}  // namespace

Errno fd_readdir(Call& call) {
  Descriptor* directory = nullptr;
  const Errno error = call.world.descriptors().find(call.word(0), right::fd_readdir, directory);
  if (directory != nullptr && directory->type != FileType::directory) return Errno::notdir;
  if (error != Errno::success) return error;
  Buffer buffer{call, call.word(1), call.word(2)};
  if (!call.has_room(buffer.address, buffer.bytes) || !call.has_room(call.word(4), 4)) return Errno::fault;
  const std::uint64_t cookie = call.wide(3);
  if (cookie > INT64_MAX) return Errno::inval;
  const int fd = directory->host.get();
  if (lseek(fd, static_cast<off_t>(cookie), SEEK_SET) < 0) return last_errno();
  std::array<char, 8192> records;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
  while (!buffer.full()) {
    const long got = syscall(SYS_getdents64, fd, records.data(), records.size());
    if (got < 0) return last_errno();
    if (got == 0) break;
    for (long at = 0; at < got && !buffer.full();) {
      KernelEntry entry{};
      std::memcpy(&entry, records.data() + at, name_at);
      append_entry(buffer, entry, records.data() + at + name_at);
      at += entry.record_bytes;
    }
  }
  return call.give(call.word(4), buffer.used);
}

}  // namespace ingot::host::wasi
