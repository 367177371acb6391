// SPDX-License-Identifier: Apache-2.0
// By raw system calls and with numbers of our own: the C library has no wrappers, and the machine's headers may be older than its kernel.
// Numbers: the kernel's user-space interface, include/uapi/linux/landlock.h.
#include "process/landlock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace ingot::compiler::process {
namespace {

constexpr long create_ruleset = 444;
constexpr long add_rule = 445;
constexpr long restrict_self = 446;
constexpr std::uint32_t ask_version = 1;
constexpr int path_beneath = 1;

// Rights of ABI 1; those that came later are named with their ABI below.
constexpr std::uint64_t execute = 1 << 0, write_file = 1 << 1, read_file = 1 << 2, read_folder = 1 << 3;
constexpr std::uint64_t all_of_first_abi = (1 << 13) - 1;
constexpr std::uint64_t link_elsewhere = 1 << 13, truncate = 1 << 14, device_control = 1 << 15;
constexpr std::uint64_t tcp_bind_and_connect = 3;
constexpr std::uint64_t of_files = execute | write_file | read_file | truncate | device_control;  // the others only mean something for folders
constexpr std::uint64_t devices = (1 << 6) | (1 << 11);                                           // making character and block devices
constexpr int abi_link = 2, abi_truncate = 3, abi_network = 4, abi_device_control = 5;

struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;  // since ABI 4
};

struct __attribute__((packed)) PathRule {
  std::uint64_t rights;
  std::int32_t folder;
};

bool allow(int ruleset, const char* path, std::uint64_t rights) {
  const int fd = ::open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return true;  // not there
  struct stat status {};
  const bool is_folder = ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  const PathRule rule{is_folder ? rights : rights & of_files, fd};
  const bool done = ::syscall(add_rule, ruleset, path_beneath, &rule, 0u) == 0;
  ::close(fd);
  return done;
}

}  // namespace

int landlock_abi() {
  const long version = ::syscall(create_ruleset, nullptr, std::size_t{0}, ask_version);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool restrict_files(const std::vector<std::string>& readable, const std::vector<std::string>& writable) {
  const int abi = landlock_abi();
  if (abi == 0) return true;
  Ruleset wanted{all_of_first_abi, 0};
  if (abi >= abi_link) wanted.files |= link_elsewhere;
  if (abi >= abi_truncate) wanted.files |= truncate;
  if (abi >= abi_device_control) wanted.files |= device_control;
  if (abi >= abi_network) wanted.network = tcp_bind_and_connect;
  const std::size_t size = abi >= abi_network ? sizeof wanted : sizeof wanted.files;
  const int ruleset = static_cast<int>(::syscall(create_ruleset, &wanted, size, 0u));
  if (ruleset < 0) return false;
  bool done = true;
  for (const std::string& path : readable) done = done && allow(ruleset, path.c_str(), execute | read_file | read_folder);
  for (const std::string& path : writable) done = done && allow(ruleset, path.c_str(), wanted.files & ~devices);
  done = done && allow(ruleset, "/dev/null", read_file | write_file);
  done = done && ::syscall(restrict_self, ruleset, 0u) == 0;
  ::close(ruleset);
  return done;
}

}  // namespace ingot::compiler::process
