// SPDX-License-Identifier: Apache-2.0
#include "backup/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

namespace ingot::backup {
namespace {

constexpr std::size_t step_bytes = std::size_t{64} << 10;
constexpr std::size_t message_bytes_max = 4000;
constexpr int look_interval_ms = 200;

/// A child until it was waited for; killed when nobody did.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::none_of(command.environment, [&](const auto& item) { return item.first == name; })) list.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// The end of what the child said, on one line.
std::string said(std::FILE* file) {
  std::string text;
  const long size = std::fseek(file, 0, SEEK_END) == 0 ? std::ftell(file) : 0;
  if (size > 0) {
    const auto bytes = std::min<std::size_t>(static_cast<std::size_t>(size), message_bytes_max);
    text.resize(bytes);
    std::fseek(file, size - static_cast<long>(bytes), SEEK_SET);
    text.resize(std::fread(text.data(), 1, bytes, file));
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return "it died by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

std::vector<std::string> folders() {
  if (const char* only = std::getenv("INGOT_PG_BIN"); only != nullptr && *only != '\0') return {only};
  std::vector<std::string> list;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) list.push_back(entry.path().string() + "/bin");
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0 && rest[0] == '/') list.emplace_back(rest.substr(0, end));  // a relative folder is whatever lies here
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return list;
}

}  // namespace

int major_of(std::string_view text) {
  constexpr std::string_view before = "(PostgreSQL) ";
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return 0;
  int number = 0;
  const char* const begin = text.data() + at + before.size();
  std::from_chars(begin, text.data() + text.size(), number);
  return number;
}

Result<void> run(const Command& command, const Watch& watch, const std::function<Result<void>(std::string_view)>& sink) {
  const std::string& program = command.words.at(0);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_error(program);
  const Descriptor output(ends[0]);
  Descriptor inner(ends[1]);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> messages(std::tmpfile(), &std::fclose);
  if (messages == nullptr) return file_error("a temporary file");

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (command.standard_input >= 0) {
    posix_spawn_file_actions_adddup2(&actions, command.standard_input, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, inner.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(messages.get()), STDERR_FILENO);
  std::vector<std::string> words = command.words, environment = environment_of(command);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers(words).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error{ErrorCode::io, "cannot start " + program + ": " + std::strerror(failed)};
  Child child(pid);
  inner.close();

  std::vector<char> buffer(step_bytes);
  for (std::uint64_t done = 0;;) {
    pollfd entry{.fd = output.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, look_interval_ms);
    if (ready > 0) {
      const ssize_t got = ::read(output.get(), buffer.data(), buffer.size());
      if (got < 0 && errno != EINTR) return file_error(program);
      if (got == 0) break;
      if (got > 0) {
        INGOT_TRY_VOID(sink({buffer.data(), static_cast<std::size_t>(got)}));
        done += static_cast<std::uint64_t>(got);
      }
    }
    INGOT_TRY_VOID(watch.step("", done, 0));
  }
  if (const int status = child.wait(); status != 0) {
    const std::string message = said(messages.get());
    return Error{ErrorCode::database, program + " failed (" + ending(status) + ")" + (message.empty() ? "" : ": " + message)};
  }
  return {};
}

Result<Program> find_program(const std::string& name, int major_min) {
  Program best;
  std::string seen;
  const std::vector<std::string> places = folders();
  for (const std::string& folder : places) {
    const std::string path = folder + "/" + name;
    if (::access(path.c_str(), X_OK) != 0) continue;
    std::string text;
    const auto asked = run({.words = {path, "--version"}, .environment = {{"LC_ALL", "C"}}}, Watch{}, [&](std::string_view bytes) -> Result<void> {
      text.append(bytes.substr(0, 1000));
      return {};
    });
    const int major = asked.ok() ? major_of(text) : 0;
    seen += "; " + path + (major == 0 ? " does not say its version" : " is of version " + std::to_string(major));
    if (major >= major_min && (best.major == 0 || major < best.major)) best = {path, major, text.substr(0, text.find('\n'))};
  }
  if (best.major != 0) return best;
  return Error{ErrorCode::not_found, "PostgreSQL " + std::to_string(major_min) + " needs a " + name + " of version " + std::to_string(major_min) + " or newer" +
                                         (seen.empty() ? ", and there is none" : seen) + ": install postgresql-client-" + std::to_string(major_min) +
                                         ", or name the folder of one in INGOT_PG_BIN"};
}

}  // namespace ingot::backup
