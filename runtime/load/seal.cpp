// SPDX-License-Identifier: Apache-2.0
#include "load/seal.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

// Linux 6.3; older headers lack it.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace ingot::load {
namespace {

Error failure(const char* step, int reason) {
  std::string message = std::string("cannot put a native object into a sealed memory file (") + step + "): " + std::strerror(reason);
  if (reason == EACCES || reason == EPERM) {
    message += "; this system forbids executable memory files (look at sysctl vm.memfd_noexec and the security module's policy)";
  }
  return Error{ErrorCode::io, message};
}

}  // namespace

Result<SealedFile> SealedFile::create(const std::string& name, format::ByteView bytes) {
  int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
  if (fd < 0) return failure("memfd_create", errno);
  SealedFile file(fd);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return failure("write", wrote < 0 ? errno : EIO);
    done += static_cast<std::size_t>(wrote);
  }
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) return failure("seal", errno);
  return file;
}

SealedFile::SealedFile(SealedFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

SealedFile::~SealedFile() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace ingot::load
