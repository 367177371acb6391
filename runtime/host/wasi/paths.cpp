// SPDX-License-Identifier: Apache-2.0
//
// Functions on names. The folder is held open (place.hpp), and the kernel's functions that take the last step alone do not follow a link there: mkdirat, unlinkat, renameat,
// symlinkat, linkat and readlinkat. Where a slash behind the name would make them follow one, the whole path is walked by the resolver instead.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "host/wasi/bodies.hpp"
#include "host/wasi/filestat.hpp"
#include "host/wasi/place.hpp"

namespace ingot::host::wasi {
namespace {

Errno result_of(int status) { return status == 0 ? Errno::success : last_errno(); }

/// A name with a slash behind it, where the kernel would follow a link: is there a directory?
Errno must_be_directory(const Call& call, const Place& place) { return call.world.resolver().open(place.at(), place.name.c_str(), O_PATH | O_DIRECTORY, 0).error; }

/// Of making the name: where a slash behind it asks for a directory and something else is there, POSIX says so (4.13, pathname resolution); Linux only says that something is.
Errno result_of_making(const Call& call, const Place& place, int status) {
  const Errno error = result_of(status);
  if (error != Errno::exist || !place.has_slash) return error;
  const Errno what = must_be_directory(call, place);
  return what == Errno::success ? error : what;
}

/// A descriptor of O_PATH as a path, for functions that follow links.
std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

Errno path_create_directory(Call& call) {
  Place place;
  const Errno error = find_place(call, call.word(0), right::path_create_directory, Purpose::change, call.word(1), call.word(2), place);
  if (error != Errno::success) return error;
  if (place.is_dots) return Errno::exist;
  return result_of(mkdirat(place.at(), place.name.c_str(), 0777));
}

Errno path_filestat_get(Call& call) {
  Descriptor* directory = nullptr;
  if (const Errno error = find_directory(call, call.word(0), right::path_filestat_get, directory); error != Errno::success) return error;
  if ((call.word(1) & ~lookup::all) != 0) return Errno::inval;
  std::string path;
  if (const Errno error = read_path(call, call.word(2), call.word(3), path); error != Errno::success) return error;
  const Opened file = open_to_look(call, *directory, path, (call.word(1) & lookup::symlink_follow) != 0);
  if (file.error != Errno::success) return file.error;
  struct stat about {};
  if (fstat(file.fd.get(), &about) != 0) return last_errno();
  return call.memory.copy_out(call.word(4), filestat_bytes(about, type_of(about), call.dialect)) ? Errno::success : Errno::fault;
}

Errno path_filestat_set_times(Call& call) {
  Descriptor* directory = nullptr;
  if (const Errno error = find_directory(call, call.word(0), right::path_filestat_set_times, directory); error != Errno::success) return error;
  if ((call.word(1) & ~lookup::all) != 0) return Errno::inval;
  std::string path;
  if (const Errno error = read_path(call, call.word(2), call.word(3), path); error != Errno::success) return error;
  std::array<timespec, 2> times{};
  if (const Errno error = read_times(call, 4, times); error != Errno::success) return error;
  if (directory->read_only) return Errno::rofs;
  const Opened file = open_to_look(call, *directory, path, (call.word(1) & lookup::symlink_follow) != 0);
  if (file.error != Errno::success) return file.error;
  return result_of(utimensat(file.fd.get(), "", times.data(), AT_EMPTY_PATH));
}

Errno path_link(Call& call) {
  Place from;
  Place to;
  if ((call.word(1) & ~lookup::all) != 0) return Errno::inval;
  // A second name in a place that may be written to would make a file writable that was granted for reading: both sides must be open to change.
  Errno error = find_place(call, call.word(0), right::path_link_source, Purpose::change, call.word(2), call.word(3), from);
  if (error != Errno::success) return error;
  error = find_place(call, call.word(4), right::path_link_target, Purpose::change, call.word(5), call.word(6), to);
  if (error != Errno::success) return error;
  if (to.is_dots) return Errno::exist;
  if (from.is_dots) return Errno::perm;
  if (from.has_slash) {
    error = must_be_directory(call, from);
    return error != Errno::success ? error : Errno::perm;  // directories have one name only
  }
  if ((call.word(1) & lookup::symlink_follow) == 0) return result_of_making(call, to, linkat(from.at(), from.name.c_str(), to.at(), to.name.c_str(), 0));
  const Opened file = call.world.resolver().open(from.at(), from.name.c_str(), O_PATH, 0);
  if (file.error != Errno::success) return file.error;
  return result_of_making(call, to, linkat(AT_FDCWD, path_of(file.fd.get()).c_str(), to.at(), to.name.c_str(), AT_SYMLINK_FOLLOW));
}

Errno path_readlink(Call& call) {
  Place place;
  const Errno error = find_place(call, call.word(0), right::path_readlink, Purpose::look, call.word(1), call.word(2), place);
  if (error != Errno::success) return error;
  const std::uint32_t room = call.word(4);
  if (!call.has_room(call.word(3), room) || !call.has_room(call.word(5), 4)) return Errno::fault;
  if (place.is_dots) return Errno::inval;
  if (place.has_slash) {
    const Errno what = must_be_directory(call, place);
    return what != Errno::success ? what : Errno::inval;  // a directory is no link
  }
  std::array<char, PATH_MAX> target;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
  const ssize_t length = readlinkat(place.at(), place.name.c_str(), target.data(), target.size());
  if (length < 0) return last_errno();
  const auto given = std::min(static_cast<std::uint32_t>(length), room);
  call.memory.copy_out(call.word(3), {target.data(), given});
  return call.give(call.word(5), given);
}

Errno path_remove_directory(Call& call) {
  Place place;
  const Errno error = find_place(call, call.word(0), right::path_remove_directory, Purpose::change, call.word(1), call.word(2), place);
  if (error != Errno::success) return error;
  if (place.is_dots) return place.name.starts_with("..") ? Errno::notempty : Errno::inval;
  return result_of(unlinkat(place.at(), place.name.c_str(), AT_REMOVEDIR));
}

Errno path_rename(Call& call) {
  Place from;
  Place to;
  Errno error = find_place(call, call.word(0), right::path_rename_source, Purpose::change, call.word(1), call.word(2), from);
  if (error != Errno::success) return error;
  error = find_place(call, call.word(3), right::path_rename_target, Purpose::change, call.word(4), call.word(5), to);
  if (error != Errno::success) return error;
  if (from.is_dots || to.is_dots) return Errno::busy;
  return result_of(renameat(from.at(), from.name.c_str(), to.at(), to.name.c_str()));
}

Errno path_symlink(Call& call) {
  std::string target;
  if (const Errno error = read_path(call, call.word(0), call.word(1), target); error != Errno::success) return error;
  Place place;
  const Errno error = find_place(call, call.word(2), right::path_symlink, Purpose::change, call.word(3), call.word(4), place);
  if (error != Errno::success) return error;
  // It would lead the guest nowhere, but somebody else who reads the directory to wherever the guest likes.
  if (target.front() == '/') return Errno::perm;
  if (place.is_dots) return Errno::exist;
  return result_of_making(call, place, symlinkat(target.c_str(), place.at(), place.name.c_str()));
}

Errno path_unlink_file(Call& call) {
  Place place;
  const Errno error = find_place(call, call.word(0), right::path_unlink_file, Purpose::change, call.word(1), call.word(2), place);
  if (error != Errno::success) return error;
  if (place.is_dots) return Errno::isdir;
  return result_of(unlinkat(place.at(), place.name.c_str(), 0));
}

}  // namespace ingot::host::wasi
