// SPDX-License-Identifier: Apache-2.0
#include "trial.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "ingest/policy.hpp"
#include "native/toolchain.hpp"
#include "process/child.hpp"
#include "process/files.hpp"

namespace ingot::mutate {
namespace {

namespace fs = std::filesystem;
using namespace compiler;

template <std::size_t size>
void copy_text(std::array<char, size>& to, const std::string& text) {
  const std::size_t length = std::min(size - 1, text.size());
  std::copy_n(text.begin(), length, to.begin());
  to[length] = 0;
}

/// A refusal that a module may cause. `audit` is none: the compiler made that object itself.
bool may_happen(ErrorCode code) {
  return code == ErrorCode::invalid_wasm || code == ErrorCode::unsupported_wasm || code == ErrorCode::contract || code == ErrorCode::toolchain ||
         code == ErrorCode::limit;
}

/// The second opinion on a module that we call malformed; here a custom section's name counts, as in the specification.
bool wabt_accepts(const std::string& input, const native::Toolchain& tools, const Features& features) {
  process::Command command = tools.wabt_command("wasm-validate", fs::file_size(input), fs::path(input).parent_path());
  for (std::string& option : ingest::profile_options(features)) command.arguments.push_back(std::move(option));
  command.arguments.insert(command.arguments.end(), {"--no-debug-names", fs::path(input).filename()});
  const auto outcome = process::run(command);
  return outcome.ok() && outcome->succeeded();
}

[[noreturn]] void be_the_compiler(const Place& place, const Plan& plan, const native::Toolchain& tools, Outcome& outcome) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::setenv("TMPDIR", place.folder.c_str(), 1);
  Request request;
  request.input = place.input;
  request.contract = plan.contract;
  request.targets = {plan.level};
  request.optimisation = plan.optimisation;
  request.check_only = !plan.full;
  request.jobs = 1;
  request.toolchain = &tools;
  request.progress = [&](const char* phase, std::size_t, std::size_t) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
      if (std::strcmp(stages[i], phase) == 0) outcome.stage = static_cast<std::uint8_t>(i);
    }
  };
  {
    const auto built = compiler::build(request);
    if (built.ok()) {
      outcome.ending = Ending::accepted;
    } else {
      outcome.ending = may_happen(built.error().code) ? Ending::refused : Ending::wrong_code;
      outcome.exit_code = static_cast<std::uint8_t>(exit_code_for(built.error().code));
      copy_text(outcome.code, error_code_name(built.error().code));
      copy_text(outcome.message, built.error().message);
      outcome.disputed = built.error().code == ErrorCode::invalid_wasm && outcome.stage < 2 && wabt_accepts(place.input, tools, request.features);
    }
  }
  std::_Exit(0);
}

/// True when the process ended in time; it is reaped in any case. The time is counted in slices that were waited through, so that a machine that
/// stands still meanwhile does not make a hang.
bool wait_for(pid_t pid, unsigned seconds_max, int& status) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u));
  pollfd set{fd, POLLIN, 0};
  bool ended = false;
  for (unsigned slice = 0; slice < seconds_max && !ended; ++slice) ended = ::poll(&set, 1, 1000) == 1;
  if (!ended) ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  ::close(fd);
  return ended;
}

}  // namespace

void run_trial(const format::Bytes& module, const Place& place, const Plan& plan, const native::Toolchain& tools, unsigned seconds_max, Outcome& outcome) {
  outcome.full = plan.full;
  if (!process::write_file(place.input, module).ok()) return;
  const pid_t pid = ::fork();
  if (pid < 0) return;
  if (pid == 0) be_the_compiler(place, plan, tools, outcome);
  int status = 0;
  const bool ended = wait_for(pid, seconds_max, status);
  if (!ended) {
    outcome.ending = Ending::hung;
  } else if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {  // another exit code: a sanitizer's, or an exception that nobody caught
    outcome.ending = Ending::crashed;
    outcome.signal = static_cast<std::uint8_t>(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  }
  // What a killed compiler leaves cannot be helped and is not held against it.
  outcome.left_files = !fs::is_empty(place.folder) && (outcome.ending == Ending::accepted || outcome.ending == Ending::refused || outcome.ending == Ending::wrong_code);
  std::error_code ignored;
  for (const auto& left : fs::directory_iterator(place.folder)) fs::remove_all(left.path(), ignored);
}

}  // namespace ingot::mutate
