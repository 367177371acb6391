// SPDX-License-Identifier: Apache-2.0
#include "watch/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

namespace ingot::watch {
namespace {

constexpr std::chrono::seconds grace{2};  // from "please end" to the end

/// What the program begins with: no input, our stderr as both outputs, no other file (a connection that it held open would never end), no signal
/// blocked or ignored.
class Beginning final {
 public:
  explicit Beginning(const std::string& folder) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Beginning() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
};

/// Ours, and INGOT_DEV=1.
std::vector<char*> environment() {
  constexpr std::string_view name = "INGOT_DEV=";
  static std::string set = "INGOT_DEV=1";
  std::vector<char*> list{set.data()};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with(name)) list.push_back(*entry);
  }
  list.push_back(nullptr);
  return list;
}

}  // namespace

Child::~Child() { stop(); }

Result<int> Child::run(const std::vector<std::string>& arguments, const std::string& folder) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn's type; it writes nothing
  words.push_back(nullptr);

  pid_t started = 0;
  {
    const Beginning beginning(folder);
    const std::lock_guard lock(mutex_);
    if (stopped_) return Error{ErrorCode::unavailable, "the watch has ended"};
    const int failed = posix_spawn(&started, words.front(), &beginning.files, &beginning.attributes, words.data(), environment().data());
    if (failed != 0) return Error{ErrorCode::io, arguments.front() + " does not start: " + std::strerror(failed)};
    running_ = started;
  }

  // First only looked at: while it is not waited for, its number is nobody else's and stop() may send to it.
  siginfo_t gone{};
  while (::waitid(P_PID, static_cast<id_t>(started), &gone, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  int status = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) ::kill(-started, SIGKILL);  // what it started and left behind, while its number is still the group's
    while (::waitpid(started, &status, 0) < 0 && errno == EINTR) {
    }
    running_ = 0;
  }
  ended_.notify_all();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Child::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  if (running_ == 0) return;
  ::kill(-running_, SIGTERM);
  if (ended_.wait_for(lock, grace, [this] { return running_ == 0; })) return;
  ::kill(-running_, SIGKILL);
  ended_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace ingot::watch
