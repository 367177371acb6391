// SPDX-License-Identifier: Apache-2.0
//
// Content of files, from and to the guest's own memory in one system call.

#include <sys/uio.h>

#include "host/wasi/bodies.hpp"
#include "host/wasi/vectors.hpp"

namespace ingot::host::wasi {
namespace {

/// The file, its list of buffers (arguments 1 and 2), and that there is room for the count at `result`.
Errno prepare(const Call& call, Rights needed, std::uint32_t result, Descriptor*& file, Vectors& vectors) {
  Errno error = call.world.descriptors().find(call.word(0), needed, file);
  if (file == nullptr) return error;
  if (file->type == FileType::directory) return Errno::isdir;
  // A file that was not opened for it: that is what POSIX calls it.
  if (error != Errno::success) return Errno::badf;
  error = Vectors::read(call, call.word(1), call.word(2), vectors);
  if (error != Errno::success) return error;
  return call.has_room(result, 4) ? Errno::success : Errno::fault;
}

using At = ssize_t (*)(int, const iovec*, int, off_t);
using Here = ssize_t (*)(int, const iovec*, int);

Errno give_count(const Call& call, std::uint32_t address, ssize_t count) {
  return count < 0 ? last_errno() : call.give(address, static_cast<std::uint32_t>(count));
}

Errno at_offset(const Call& call, Rights needed, At transfer) {
  Descriptor* file = nullptr;
  Vectors vectors;
  if (const Errno error = prepare(call, needed, call.word(4), file, vectors); error != Errno::success) return error;
  if (call.wide(3) > INT64_MAX) return Errno::inval;
  const auto list = vectors.list();
  return give_count(call, call.word(4), transfer(file->host.get(), list.data(), static_cast<int>(list.size()), static_cast<off_t>(call.wide(3))));
}

Errno here(const Call& call, const Descriptor& file, const Vectors& vectors, Here transfer) {
  const auto list = vectors.list();
  return give_count(call, call.word(3), transfer(file.host.get(), list.data(), static_cast<int>(list.size())));
}

}  // namespace

Errno fd_pread(Call& call) { return at_offset(call, right::fd_read, &preadv); }
Errno fd_pwrite(Call& call) { return at_offset(call, right::fd_write, &pwritev); }

Errno fd_read(Call& call) {
  Descriptor* file = nullptr;
  Vectors to;
  if (const Errno error = prepare(call, right::fd_read, call.word(3), file, to); error != Errno::success) return error;
  if (!file->is_stream) return here(call, *file, to, &readv);
  std::size_t got = 0;
  const Errno error = read_stream(*file, to, got);
  return error != Errno::success ? error : call.give(call.word(3), static_cast<std::uint32_t>(got));
}

Errno fd_write(Call& call) {
  Descriptor* file = nullptr;
  Vectors from;
  if (const Errno error = prepare(call, right::fd_write, call.word(3), file, from); error != Errno::success) return error;
  if (!file->is_stream) return here(call, *file, from, &writev);
  std::size_t written = 0;
  const Errno error = write_stream(*file, std::move(from), written);
  return error != Errno::success ? error : call.give(call.word(3), static_cast<std::uint32_t>(written));
}

}  // namespace ingot::host::wasi
