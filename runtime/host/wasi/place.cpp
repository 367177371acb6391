// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/place.hpp"

#include <fcntl.h>

#include "limits.hpp"

namespace ingot::host::wasi {
namespace {

/// "a/b//" is the folder "a" and the name "b//".
void split(const std::string& path, std::string& folder, std::string& name) {
  const std::size_t end = path.find_last_not_of('/') + 1;  // 0 when there is nothing else
  const std::size_t slash = end == 0 ? std::string::npos : path.find_last_of('/', end - 1);
  folder = slash == std::string::npos ? std::string{} : path.substr(0, slash + 1);
  name = slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

Errno read_path(const Call& call, std::uint32_t address, std::uint32_t length, std::string& path) {
  if (!call.has_room(address, length)) return Errno::fault;
  if (length > limits::wasi_path_bytes_max) return Errno::nametoolong;
  path = *call.memory.copy_in(address, length);
  if (path.empty()) return Errno::noent;
  return path.find('\0') == std::string::npos ? Errno::success : Errno::inval;
}

Errno find_directory(const Call& call, std::uint32_t number, Rights needed, Descriptor*& found) {
  const Errno error = call.world.descriptors().find(number, needed, found);
  if (found == nullptr) return error;
  return found->type == FileType::directory ? error : Errno::notdir;
}

Errno find_place(const Call& call, std::uint32_t number, Rights needed, Purpose purpose, std::uint32_t address, std::uint32_t length, Place& place) {
  Descriptor* directory = nullptr;
  if (const Errno error = find_directory(call, number, needed, directory); error != Errno::success) return error;
  std::string path;
  if (const Errno error = read_path(call, address, length, path); error != Errno::success) return error;
  if (path.front() == '/') return Errno::perm;
  if (purpose == Purpose::change && directory->read_only) return Errno::rofs;
  std::string folder;
  split(path, folder, place.name);
  place.directory = directory->host.get();
  place.has_slash = place.name.back() == '/';
  const std::string bare = place.name.substr(0, place.name.find('/'));
  place.is_dots = bare == "." || bare == "..";
  if (place.is_dots) {
    // What it names is already there, if it is inside at all.
    return call.world.resolver().open(place.directory, path.c_str(), O_PATH | O_DIRECTORY, 0).error;
  }
  if (folder.empty()) return Errno::success;
  Opened opened = call.world.resolver().open(place.directory, folder.c_str(), O_PATH | O_DIRECTORY, 0);
  place.folder = std::move(opened.fd);
  return opened.error;
}

Opened open_to_look(const Call& call, const Descriptor& directory, const std::string& path, bool follow) {
  return call.world.resolver().open(directory.host.get(), path.c_str(), O_PATH | (follow ? 0u : O_NOFOLLOW), 0);
}

}  // namespace ingot::host::wasi
