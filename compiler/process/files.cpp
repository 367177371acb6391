// SPDX-License-Identifier: Apache-2.0
#include "process/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "process/reading.hpp"

namespace ingot::compiler::process {
namespace {

Error io_error(const std::string& path) { return {ErrorCode::io, path + ": " + std::strerror(errno)}; }

// A disk that is given its work in steps has most of it done when the file is synchronised: 6 ms of 128 for a cached build of 46 MB.
constexpr std::size_t write_step_bytes = 4 << 20;

class File final {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  /// False when the last bytes could not be written.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

enum class Disk { whenever, at_once };

/// Writes `bytes` to a file that is still empty. `at_once`: the disk is given every step when the next one is written.
bool write_all(int fd, format::ByteView bytes, Disk disk) {
  off_t at = 0;
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), std::min(bytes.size(), write_step_bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    if (disk == Disk::at_once) (void)::sync_file_range(fd, at, written, SYNC_FILE_RANGE_WRITE);
    at += written;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// A sibling of `path` that is complete and on disk, not yet under its name.
Result<std::string> write_sibling(const std::string& path, format::ByteView bytes, unsigned mode) {
  std::string sibling = path + ".tmp-XXXXXX";
  File file(::mkostemp(sibling.data(), O_CLOEXEC));
  if (file.fd() < 0) return io_error(path);
  if (write_all(file.fd(), bytes, Disk::at_once) && ::fchmod(file.fd(), mode) == 0 && ::fsync(file.fd()) == 0 && file.close()) return sibling;
  const Error error = io_error(path);
  ::unlink(sibling.c_str());
  return error;
}

}  // namespace

Result<format::Bytes> read_file(const std::string& path, std::uint64_t bytes_max, ErrorCode too_large) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // O_NONBLOCK: a pipe must not hang the open
  if (file.fd() < 0) return io_error(path);
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return io_error(path);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::io, path + ": not a regular file"};
  const Error enormous{too_large, path + ": larger than the " + std::to_string(bytes_max) + " bytes that are accepted"};
  if (static_cast<std::uint64_t>(status.st_size) > bytes_max) return enormous;
  format::Bytes bytes = with_room_for(static_cast<std::size_t>(status.st_size));
  while (true) {
    const auto got = append_some(file.fd(), SIZE_MAX, bytes);
    if (!got.ok()) return Error{ErrorCode::io, path + ": " + got.error().message};
    if (*got == 0) break;
    if (bytes.size() > bytes_max) return enormous;
  }
  return bytes;
}

Result<void> write_file(const std::string& path, format::ByteView bytes, unsigned mode) {
  INGOT_TRY(const std::string sibling, write_sibling(path, bytes, mode));
  if (::rename(sibling.c_str(), path.c_str()) == 0) return {};
  const Error error = io_error(path);
  ::unlink(sibling.c_str());
  return error;
}

Result<void> create_file(const std::string& path, format::ByteView bytes, unsigned mode) {
  INGOT_TRY(const std::string sibling, write_sibling(path, bytes, mode));
  const int linked = ::link(sibling.c_str(), path.c_str());  // fails when the name is taken, unlike rename
  const Error error = io_error(path);
  ::unlink(sibling.c_str());
  if (linked == 0) return {};
  return error;
}

Result<void> write_scratch(const std::string& path, format::ByteView bytes) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.fd() < 0 || !write_all(file.fd(), bytes, Disk::whenever) || !file.close()) return io_error(path);
  return {};
}

}  // namespace ingot::compiler::process
