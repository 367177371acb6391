// SPDX-License-Identifier: Apache-2.0
#include "cache/store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "cache/entry.hpp"
#include "limits.hpp"
#include "process/interrupt.hpp"

namespace ingot::compiler::cache {
namespace {

constexpr std::uint64_t tool_bytes_max = 4096;
constexpr std::size_t write_step_bytes = 16 << 20;  // between two looks at whether somebody interrupts us
// A file that is being written is locked; between its birth and its lock lies less than this.
constexpr std::time_t unfinished_seconds_min = 60;

class Descriptor final {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Found {
  std::string name;
  Role role;
  std::uint64_t bytes;
  struct timespec used;
};

/// Every file of the cache in the folder.
std::vector<Found> files_in(int folder) {
  std::vector<Found> found;
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy >= 0 ? ::fdopendir(copy) : nullptr, &::closedir);
  if (!listing) {
    if (copy >= 0) ::close(copy);
    return found;
  }
  while (const dirent* entry = ::readdir(listing.get())) {
    const Role role = role_of(entry->d_name);
    struct stat status {};
    if (role == Role::foreign || ::fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    found.push_back({entry->d_name, role, static_cast<std::uint64_t>(status.st_size), status.st_mtim});
  }
  return found;
}

/// False with errno when a write failed; EINTR when somebody wants us to stop.
bool write_all(int fd, format::ByteView bytes) {
  while (!bytes.empty()) {
    if (process::interrupted() != 0) {
      errno = EINTR;
      return false;
    }
    const ssize_t written = ::write(fd, bytes.data(), std::min(bytes.size(), write_step_bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

Usage usage_of(const std::vector<Found>& files) {
  Usage usage;
  for (const Found& file : files) {
    usage.entries += file.role == Role::bundle ? 1 : 0;
    usage.bytes += file.bytes;
  }
  return usage;
}

}  // namespace

std::optional<format::Bytes> Store::fetch(Kind kind, const Key& key) {
  const std::string name = name_of(kind, key);
  const Descriptor file(::openat(folder_.fd(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.fd() < 0 && errno == ENOENT) return std::nullopt;
  if (file.fd() < 0 && errno == ELOOP) {
    reject(kind, key, "a symbolic link");
    return std::nullopt;
  }
  if (file.fd() < 0) {
    note(shown(name) + ": " + std::strerror(errno));
    return std::nullopt;
  }
  auto content = read_entry(file.fd(), key, kind == Kind::tool ? tool_bytes_max : limits::bundle_bytes_max);
  if (!content.ok() && content.error().code == ErrorCode::verification) {
    reject(kind, key, content.error().message);
    return std::nullopt;
  }
  if (!content.ok()) {
    note(shown(name) + ": " + content.error().message);
    return std::nullopt;
  }
  const struct timespec now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  (void)::futimens(file.fd(), now);  // fails on a read-only file system, where nothing is evicted either
  return std::move(content).value();
}

void Store::reject(Kind kind, const Key& key, const std::string& why) {
  const std::string name = name_of(kind, key);
  if (::unlinkat(folder_.fd(), name.c_str(), 0) == 0 || errno == ENOENT) {
    note(shown(name) + ": " + why + "; removed it");
  } else {
    note(shown(name) + ": " + why + ", and it cannot be removed: " + std::strerror(errno));
  }
}

void Store::keep(Kind kind, const Key& key, format::ByteView content) {
  if (content.size() + header_bytes > bytes_max_) return;
  const std::string unfinished = unfinished_name();
  const Descriptor file(::openat(folder_.fd(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd() < 0) return note(folder_.path() + ": cannot keep anything there: " + std::strerror(errno));
  (void)::flock(file.fd(), LOCK_EX | LOCK_NB);  // where it does not work, the age of the file still protects it
  const Header header = header_for(key, content);
  const std::string name = name_of(kind, key);
  const bool kept = write_all(file.fd(), header) && write_all(file.fd(), content) &&
                    ::renameat(folder_.fd(), unfinished.c_str(), folder_.fd(), name.c_str()) == 0;
  if (!kept) {
    const int error = errno;
    ::unlinkat(folder_.fd(), unfinished.c_str(), 0);
    if (process::interrupted() == 0) note(shown(name) + ": not kept: " + std::strerror(error));
    return;
  }
  sweep();
  evict();
}

/// Removes what processes left behind that did not live to finish it.
void Store::sweep() {
  const std::time_t now = std::time(nullptr);
  for (const Found& file : files_in(folder_.fd())) {
    if (file.role != Role::unfinished || file.used.tv_sec > now - unfinished_seconds_min) continue;
    const Descriptor left(::openat(folder_.fd(), file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (left.fd() >= 0 && ::flock(left.fd(), LOCK_EX | LOCK_NB) != 0) continue;  // somebody is writing it
    ::unlinkat(folder_.fd(), file.name.c_str(), 0);
  }
}

void Store::evict() {
  std::vector<Found> files = files_in(folder_.fd());
  std::erase_if(files, [](const Found& file) { return file.role == Role::unfinished; });
  std::uint64_t bytes = usage_of(files).bytes;
  if (bytes <= bytes_max_) return;
  std::sort(files.begin(), files.end(), [](const Found& a, const Found& b) {
    if (a.used.tv_sec != b.used.tv_sec) return a.used.tv_sec < b.used.tv_sec;
    return a.used.tv_nsec != b.used.tv_nsec ? a.used.tv_nsec < b.used.tv_nsec : a.name < b.name;
  });
  for (const Found& file : files) {
    if (bytes <= bytes_max_) return;
    if (::unlinkat(folder_.fd(), file.name.c_str(), 0) == 0 || errno == ENOENT) bytes -= file.bytes;
  }
}

Usage Store::usage() const { return usage_of(files_in(folder_.fd())); }

Usage Store::clear() {
  std::vector<Found> files = files_in(folder_.fd());
  std::erase_if(files, [&](const Found& file) { return ::unlinkat(folder_.fd(), file.name.c_str(), 0) != 0; });
  return usage_of(files);
}

}  // namespace ingot::compiler::cache
