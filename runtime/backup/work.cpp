// SPDX-License-Identifier: Apache-2.0
#include "backup/work.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace ingot::backup {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

Result<void> Watch::step(std::string_view what, std::uint64_t done_bytes, std::uint64_t total_bytes) const {
  progress(what, done_bytes, total_bytes);
  if (interrupted()) return Error{ErrorCode::unavailable, "interrupted; nothing was changed"};
  return {};
}

Error file_error(const std::string& path) {
  const int code = errno;
  const bool room = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return Error{ErrorCode::io, path + ": " + std::strerror(code) + (room ? ": make room (df, quota, ulimit -f), or choose another place; nothing was left behind" : "")};
}

Result<void> read_file(const std::string& path, const Watch& watch, std::string_view what, const std::function<Result<void>(std::string_view)>& sink) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error(path);
  const std::unique_ptr<const int, void (*)(const int*)> owner(&fd, [](const int* number) { ::close(*number); });
  struct stat status {};
  if (::fstat(fd, &status) != 0) return file_error(path);
  std::vector<char> buffer(std::size_t{1} << 20);
  for (std::uint64_t done = 0;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path);
    if (got == 0) return {};
    INGOT_TRY_VOID(sink({buffer.data(), static_cast<std::size_t>(got)}));
    done += static_cast<std::uint64_t>(got);
    INGOT_TRY_VOID(watch.step(what, done, static_cast<std::uint64_t>(status.st_size)));
  }
}

PendingFile::PendingFile(PendingFile&& other) noexcept : path_(std::move(other.path_)), name_(std::exchange(other.name_, "")), fd_(std::exchange(other.fd_, -1)) {}

PendingFile::~PendingFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!name_.empty()) ::unlink(name_.c_str());
}

Error PendingFile::failure() const { return file_error(path_); }

Result<PendingFile> PendingFile::create(const std::string& path, const std::string& infix) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return Error{ErrorCode::io, path + ": there is something that is no regular file; choose another name"};
  std::string name = path + "." + infix + "-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return file_error(path);
  return PendingFile(path, name, fd);
}

Result<void> PendingFile::write(std::string_view bytes) {
  if (!write_all(fd_, bytes)) return failure();
  return {};
}

Result<void> PendingFile::write_at_start(std::string_view bytes) {
  if (::pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return failure();
  return {};
}

Result<void> PendingFile::sync() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0) {
    // Who may not give files away keeps it for himself; the permissions must not become wider than they were by that.
    const bool given = ::fchown(fd_, status.st_uid, status.st_gid) == 0;
    if (::fchmod(fd_, status.st_mode & (given ? 07777u : 0700u)) != 0) return failure();
  }
  if (::fsync(fd_) != 0) return failure();
  return {};
}

Result<void> PendingFile::keep() {
  if (::close(std::exchange(fd_, -1)) != 0) return failure();
  if (::rename(name_.c_str(), path_.c_str()) != 0) return failure();
  name_.clear();
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && ::fsync(folder) == 0;
  Error error = failure();
  if (folder >= 0) ::close(folder);
  if (!durable) return std::move(error).with_context("the file is there, but its name may not be on the disk yet");
  return {};
}

}  // namespace ingot::backup
