// SPDX-License-Identifier: Apache-2.0
#include "process/probe.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "process/confine.hpp"
#include "process/landlock.hpp"

namespace ingot::compiler::process {
namespace {

// What the child found, as its exit code.
constexpr int system_calls_bit = 1, files_bit = 2, network_bit = 4, confined_bit = 8;

ino_t network_of_this_process() {
  struct stat status {};
  return ::stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0;
}

int run_against_walls(const Confinement& confinement, int report) {
  const ino_t network_before = network_of_this_process();
  if (const char* step = confine(confinement)) {
    (void)!::write(report, step, std::strlen(step));
    return 0;
  }
  int found = confined_bit;
  if (::socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM) found |= system_calls_bit;
  if (::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES) found |= files_bit;
  const ino_t network_after = network_of_this_process();
  if (network_before != 0 && network_after != 0 && network_before != network_after) found |= network_bit;
  return found;
}

}  // namespace

WallReport try_walls() {
  WallReport walls;
  walls.landlock_abi = landlock_abi();
  Confinement confinement;
  confinement.memory_bytes_max = UINT64_MAX;  // this is a copy of ourselves, which may be large
  confinement.readable = {"/proc"};
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return walls.failed_step = "pipe", walls;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run_against_walls(confinement, report[1]));
  ::close(report[1]);
  if (child < 0) return ::close(report[0]), walls.failed_step = "fork", walls;
  std::array<char, 64> step;
  const ssize_t length = ::read(report[0], step.data(), step.size());
  ::close(report[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const int found = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if ((found & confined_bit) == 0) walls.failed_step = length > 0 ? std::string(step.data(), static_cast<std::size_t>(length)) : "a child that dies";
  walls.system_calls = (found & system_calls_bit) != 0;
  walls.files = (found & files_bit) != 0;
  walls.network_namespace = (found & network_bit) != 0;
  return walls;
}

}  // namespace ingot::compiler::process
