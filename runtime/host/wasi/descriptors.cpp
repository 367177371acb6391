// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/descriptors.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace ingot::host::wasi {
namespace {

bool socket_option(int fd, int option, int& value) {
  socklen_t bytes = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &bytes) == 0;
}

/// What a descriptor of this kind can be used for.
struct Possible {
  Rights base, inheriting;
};

Possible look(Descriptor& it, const struct stat& about) {
  const int fd = it.host.get();
  if (S_ISREG(about.st_mode)) {
    it.type = FileType::regular_file;
    return {right::of_file, 0};
  }
  if (S_ISDIR(about.st_mode)) {
    it.type = FileType::directory;
    return {right::of_directory, right::of_directory | right::of_file};
  }
  it.is_stream = true;
  if (S_ISCHR(about.st_mode)) {
    it.type = FileType::character_device;
    // C libraries take a character device that cannot seek for a terminal.
    if (isatty(fd) == 1) return {right::of_stream, 0};
    return {right::of_file, 0};
  }
  if (S_ISBLK(about.st_mode)) {
    it.type = FileType::block_device;
    it.is_stream = false;
    return {right::of_file, 0};
  }
  if (S_ISSOCK(about.st_mode)) {
    int kind = 0;
    int listens = 0;
    it.type = socket_option(fd, SO_TYPE, kind) && kind == SOCK_DGRAM ? FileType::socket_datagram : FileType::socket_stream;
    it.is_listener = socket_option(fd, SO_ACCEPTCONN, listens) && listens != 0;
    if (it.is_listener) return {right::of_listener, right::of_socket};
    return {right::of_socket, 0};
  }
  return {right::of_file, 0};  // a pipe: the kernel says ESPIPE where it must
}

}  // namespace

std::optional<Descriptor> describe(OwnedFd host, Rights base, Rights inheriting) {
  struct stat about {};
  if (fstat(host.get(), &about) != 0) return std::nullopt;
  Descriptor it;
  it.host = std::move(host);
  const Possible possible = look(it, about);
  it.base = base & possible.base;
  it.inheriting = inheriting & possible.inheriting;
  return it;
}

Descriptor* DescriptorTable::find(std::uint32_t number) { return number < at_.size() ? at_[number].get() : nullptr; }

Errno DescriptorTable::find(std::uint32_t number, Rights needed, Descriptor*& found) {
  found = find(number);
  if (found == nullptr) return Errno::badf;
  return (found->base & needed) == needed ? Errno::success : Errno::notcapable;
}

std::uint32_t DescriptorTable::add(Descriptor descriptor) {
  std::size_t number = 0;
  while (number < at_.size() && at_[number] != nullptr) ++number;
  put(static_cast<std::uint32_t>(number), std::move(descriptor));
  return static_cast<std::uint32_t>(number);
}

void DescriptorTable::put(std::uint32_t number, Descriptor descriptor) {
  INGOT_CHECK(!full());
  if (number >= at_.size()) at_.resize(number + std::size_t{1});
  INGOT_CHECK(at_[number] == nullptr);
  at_[number] = std::make_unique<Descriptor>(std::move(descriptor));
  ++open_;
}

Errno DescriptorTable::close(std::uint32_t number) {
  if (find(number) == nullptr) return Errno::badf;
  at_[number].reset();
  --open_;
  return Errno::success;
}

Errno DescriptorTable::renumber(std::uint32_t from, std::uint32_t to) {
  if (find(from) == nullptr || find(to) == nullptr) return Errno::badf;
  if (from == to) return Errno::success;
  at_[to] = std::move(at_[from]);
  --open_;
  return Errno::success;
}

}  // namespace ingot::host::wasi
