// SPDX-License-Identifier: Apache-2.0
#include "process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "process/interrupt.hpp"
#include "process/usage.hpp"

namespace ingot::compiler::process {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t captured_bytes_max = 64 * 1024;
constexpr int poll_ms_max = 50;  // how late an interrupt or the end of the allowed time may be noticed
constexpr int look_share = 20;   // looking at what children use may take one part in so many of the time

/// One end of a pipe that collects at most captured_bytes_max and swallows the rest, so that a chatty child never blocks.
class Capture final {
 public:
  explicit Capture(int fd) : fd_(fd) { ::fcntl(fd_, F_SETFL, O_NONBLOCK); }
  ~Capture() { ::close(fd_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  int fd() const { return ended_ ? -1 : fd_; }
  std::string take() { return std::move(text_); }
  void drain() {
    std::array<char, 4096> buffer;
    while (!ended_) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got < 0) return;
      if (got == 0) ended_ = true;
      const std::size_t room = captured_bytes_max - text_.size();
      text_.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    }
  }

 private:
  int fd_;
  bool ended_ = false;
  std::string text_;
};

/// Kills all of a group and waits until none of it is left. Gives the leader's status.
int end_group(pid_t group) {
  ::kill(-group, SIGKILL);  // before the first wait, while the number is still the group's
  int leader_status = 0;
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-group, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) return leader_status;  // ECHILD: a process is gone only after its children have become ours, so there are none
    if (ended == group) leader_status = status;
  }
}

/// A child that has been started and not yet waited for. Destroying it kills its whole group.
class Running final {
 public:
  Running(std::size_t index, pid_t pid, int pid_fd, int out, int err, Clock::time_point deadline)
      : index_(index), pid_(pid), pid_fd_(pid_fd), out_(out), err_(err), deadline_(deadline) {}
  ~Running() {
    if (!reaped_) end_group(pid_);
    if (pid_fd_ >= 0) ::close(pid_fd_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::size_t index() const { return index_; }
  pid_t group() const { return pid_; }
  void kill() const { ::kill(-pid_, SIGKILL); }
  void add_poll(std::vector<pollfd>& set) const {
    set.push_back({pid_fd_, POLLIN, 0});
    set.push_back({out_.fd(), POLLIN, 0});
    set.push_back({err_.fd(), POLLIN, 0});
  }
  /// True when the child is gone; then `outcome` says how.
  bool step(Outcome& outcome, Clock::time_point now) {
    out_.drain();
    err_.drain();
    if (now >= deadline_ && !outcome.timed_out) {
      outcome.timed_out = true;
      ::kill(-pid_, SIGKILL);
    }
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) return false;
    const int status = end_group(pid_);
    reaped_ = true;
    out_.drain();
    err_.drain();
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome.output = out_.take();
    outcome.messages = err_.take();
    return true;
  }

 private:
  std::size_t index_;
  pid_t pid_;
  int pid_fd_;
  Capture out_;
  Capture err_;
  Clock::time_point deadline_;
  bool reaped_ = false;
};

[[noreturn]] void child_fails(const char* step) {
  const char* reason = std::strerror(errno);
  (void)!::write(2, "cannot start: ", 14);
  (void)!::write(2, step, std::strlen(step));
  (void)!::write(2, ": ", 2);
  (void)!::write(2, reason, std::strlen(reason));
  ::_exit(127);
}

/// The child's life between fork and exec.
[[noreturn]] void become(const Command& command, const Confinement& confinement, char* const* arguments, pid_t parent, int out, int err) {
  static constexpr char locale[] = "LC_ALL=C";
  static constexpr char path[] = "PATH=/usr/bin:/bin";
  // The C library's allocator, told to keep more in its thread's cache and to use large pages, which it can if it asks for much at a time: a
  // compiler does little but allocate.
  static constexpr char allocator[] =
      "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.tcache_max=65536:glibc.malloc.tcache_count=4000:glibc.malloc.top_pad=33554432";
  char* const environment[] = {const_cast<char*>(locale), const_cast<char*>(path), const_cast<char*>(allocator), nullptr};
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  if (::dup2(err, 2) < 0 || ::dup2(out, 1) < 0 || null < 0 || ::dup2(null, 0) < 0) ::_exit(127);
  if (::syscall(SYS_close_range, 3u, ~0u, 0u) != 0) {
    for (int fd = 3; fd < 1024; ++fd) ::close(fd);
  }
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::sigaction(signal, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(command.folder.c_str()) != 0) child_fails("working directory");
  if (const char* failed = confine(confinement)) child_fails(failed);
  // Only now: entering a user name space clears it. The parent may already be gone.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::execve(arguments[0], arguments, environment);
  child_fails(arguments[0]);
}

Result<std::unique_ptr<Running>> start(const Command& command, std::size_t index, const Budget& budget) {
  [[maybe_unused]] static const int orphans_are_ours = ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const Confinement confinement = budget.within(command.confinement);
  std::vector<char*> arguments;
  for (const std::string& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return Error{ErrorCode::io, std::string("pipe: ") + std::strerror(errno)};
  if (::pipe2(err, O_CLOEXEC) != 0) {
    ::close(out[0]), ::close(out[1]);
    return Error{ErrorCode::io, std::string("pipe: ") + std::strerror(errno)};
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(command, confinement, arguments.data(), parent, out[1], err[1]);
  ::close(out[1]), ::close(err[1]);
  if (pid < 0) {
    ::close(out[0]), ::close(err[0]);
    return Error{ErrorCode::io, std::string("fork: ") + std::strerror(errno)};
  }
  ::setpgid(pid, pid);  // here and in the child: whoever comes first
  const int pid_fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u));
  if (pid_fd >= 0) ::fcntl(pid_fd, F_SETFD, FD_CLOEXEC);
  const auto deadline = Clock::now() + std::chrono::seconds(command.seconds_max);
  return std::make_unique<Running>(index, pid, pid_fd, out[0], err[0], deadline);
}

using Children = std::vector<std::unique_ptr<Running>>;

/// Looks at what children use, as often as that costs little.
class Watch final {
 public:
  /// Kills those with too many processes. False when all together use more memory than the budget has.
  bool look(const Children& running, const std::vector<Command>& commands, const Budget& budget, std::vector<Outcome>& outcomes) {
    const auto begin = Clock::now();
    if (begin < next_) return true;
    const auto matters = [&](const auto& child) { return budget.limits_memory() || commands[child->index()].confinement.may_start_processes; };
    if (std::none_of(running.begin(), running.end(), matters)) return true;
    std::vector<pid_t> groups;
    for (const auto& child : running) groups.push_back(matters(child) ? child->group() : 0);
    const std::vector<Usage> usage = usage_of(groups);
    std::uint64_t memory_bytes = budget.limits_memory() ? own_memory_bytes() : 0;
    for (std::size_t i = 0; i < running.size(); ++i) {
      memory_bytes += usage[i].memory_bytes;
      const std::size_t index = running[i]->index();
      if (usage[i].threads <= commands[index].confinement.processes_max) continue;
      outcomes[index].too_many_processes = true;
      running[i]->kill();
    }
    const auto end = Clock::now();
    next_ = end + std::max<Clock::duration>(std::chrono::milliseconds(poll_ms_max), (end - begin) * look_share);
    return memory_bytes <= budget.memory_bytes_max();
  }

 private:
  Clock::time_point next_ = Clock::now() + std::chrono::milliseconds(poll_ms_max);
};

int poll_ms(const Budget& budget) {
  const auto left = budget.time_left();
  if (!left) return poll_ms_max;
  return static_cast<int>(std::min<std::int64_t>(poll_ms_max, std::chrono::ceil<std::chrono::milliseconds>(*left).count()));
}

}  // namespace

bool Outcome::out_of_memory() const {
  static constexpr std::string_view complaints[] = {"out of memory", "bad_alloc", "annot allocate memory", "emory exhausted"};
  return !succeeded() && std::any_of(std::begin(complaints), std::end(complaints), [&](std::string_view one) { return messages.find(one) != std::string::npos; });
}

std::string Outcome::ending() const {
  if (too_many_processes) return "it started more processes than it may";
  if (timed_out) return "it did not finish in the time allowed";
  if (signal == SIGXCPU || signal == SIGKILL) return "it used up its limits (signal " + std::to_string(signal) + ")";
  if (signal != 0) return "it died by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  return "exit code " + std::to_string(exit_code);
}

Result<std::vector<Outcome>> run_all(const std::vector<Command>& commands, std::size_t parallel_max,
                                     const std::function<void(std::size_t)>& on_done, std::uint64_t memory_bytes_max, const Budget& budget) {
  std::vector<Outcome> outcomes(commands.size());
  Children running;
  Watch watch;
  std::vector<bool> waits(commands.size(), true), finished(commands.size(), false);
  std::size_t done = 0;
  bool failed = false;
  bool no_memory = false;
  std::uint64_t expected_bytes = 0;  // of those that run
  const auto next = [&]() -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (waits[i] && (!commands[i].after || finished[*commands[i].after])) return i;
    }
    return std::nullopt;
  };
  const auto fits = [&](const Command& command) {
    if (running.empty()) return true;
    return running.size() < parallel_max && expected_bytes <= memory_bytes_max && command.expected_bytes <= memory_bytes_max - expected_bytes;
  };
  while (!running.empty() || (next() && !failed)) {
    if (interrupted() != 0) return interrupted_error();
    if (const auto left = budget.time_left(); left && *left == Clock::duration::zero()) return budget.time_error();
    for (auto i = next(); i && !failed && fits(commands[*i]); i = next()) {
      INGOT_TRY(auto child, start(commands[*i], *i, budget));
      running.push_back(std::move(child));
      expected_bytes += commands[*i].expected_bytes;
      waits[*i] = false;
    }
    std::vector<pollfd> set;
    for (const auto& child : running) child->add_poll(set);
    ::poll(set.data(), set.size(), poll_ms(budget));
    if (!watch.look(running, commands, budget, outcomes)) return budget.memory_error();
    const auto now = Clock::now();
    std::erase_if(running, [&](const std::unique_ptr<Running>& child) {
      Outcome& outcome = outcomes[child->index()];
      if (!child->step(outcome, now)) return false;
      failed = failed || !outcome.succeeded();
      finished[child->index()] = true;
      no_memory = no_memory || outcome.out_of_memory();
      expected_bytes -= commands[child->index()].expected_bytes;
      if (on_done) on_done(++done);
      return true;
    });
    if (no_memory && budget.limits_memory()) return budget.memory_error();
  }
  return outcomes;
}

Result<Outcome> run(const Command& command, const Budget& budget) {
  INGOT_TRY(std::vector<Outcome> outcomes, run_all({command}, 1, nullptr, UINT64_MAX, budget));
  return std::move(outcomes.front());
}

}  // namespace ingot::compiler::process
