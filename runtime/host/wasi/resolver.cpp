// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/resolver.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "sandbox/watchdog.hpp"

namespace ingot::host::wasi {
namespace {

long open_beneath(int directory, const char* path, std::uint64_t flags, std::uint32_t mode) {
  open_how how{};
  how.flags = flags;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return syscall(SYS_openat2, directory, path, &how, sizeof how);
}

// The kernel says EAGAIN when something was renamed or mounted while it walked over a "..", and it cannot tell where it stands. Somebody who renames without end shall not
// hold a guest for good.
constexpr int attempts_max = 128;

}  // namespace

bool is_on_procfs(int fd) {
  struct statfs about {};
  return fstatfs(fd, &about) != 0 || about.f_type == PROC_SUPER_MAGIC;
}

Result<void> BeneathResolver::check() {
  const long fd = open_beneath(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd >= 0) {
    ::close(static_cast<int>(fd));
    return {};
  }
  if (errno != ENOSYS && errno != EPERM && errno != EINVAL) return {};  // this directory's own trouble
  return Error{ErrorCode::unavailable, std::string("directories cannot be granted here: openat2 says ") + strerror(errno) +
                                           " (it needs Linux 5.6, and a container's filter of system calls that lets it through)"};
}

Opened BeneathResolver::open(int directory, const char* path, std::uint64_t flags, std::uint32_t mode) const {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const long fd = open_beneath(directory, path, flags | O_CLOEXEC, mode);
    if (fd >= 0) {
      OwnedFd opened(static_cast<int>(fd));
      if (is_on_procfs(opened.get())) return {Errno::perm, {}};
      return {Errno::success, std::move(opened)};
    }
    if (errno == EXDEV) return {Errno::perm, {}};
    if (errno != EAGAIN && errno != EINTR) return {last_errno(), {}};
    if (sandbox::CallScope::requested() != INGOT_TRAP_NONE) return {Errno::intr, {}};
  }
  return {Errno::again, {}};
}

}  // namespace ingot::host::wasi
