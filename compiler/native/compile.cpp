// SPDX-License-Identifier: Apache-2.0
#include "native/compile.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "limits.hpp"
#include "native/flags.hpp"
#include "native/object_cache.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::native {
namespace {

namespace fs = std::filesystem;

bool uses_simde(const CompleteC& source) {
  return std::any_of(source.files().begin(), source.files().end(),
                     [](const auto& file) { return file.second.find("#include <simde/") != std::string::npos; });
}

Result<std::string> write_sources(const CompleteC& source, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, workshop.scratch().folder("source"));
  std::error_code error;
  for (const auto& [name, text] : source.files()) {
    const fs::path path = fs::path(folder) / name;
    fs::create_directories(path.parent_path(), error);
    INGOT_TRY_VOID(process::write_scratch(path, process::bytes_of(text)));
  }
  if (!uses_simde(source)) return folder;
  const std::string& parent = workshop.toolchain().simde_parent();
  if (parent.empty()) return Error{ErrorCode::toolchain, "this module uses SIMD and simde's headers are not installed; run scripts/setup"};
  // A link, so that the compiler sees simde/ and nothing else of /usr/include; in a folder that is searched after our own, whose
  // simde/wasm/simd128.h stands before simde's.
  fs::create_directories(fs::path(folder) / "system", error);
  fs::create_directory_symlink(fs::path(parent) / "simde", fs::path(folder) / "system/simde", error);
  if (error) return Error{ErrorCode::io, folder + ": " + error.message()};
  return folder;
}

/// What one run of clang on this much C may take in memory. An estimate for planning; the hard limit is the confinement's.
std::uint64_t expected_bytes(std::uint64_t source_bytes) { return 256 * limits::MiB + source_bytes * 200; }

/// What the jobs may take together: three quarters of what is available now, so that the rest of the machine keeps working.
std::uint64_t memory_budget() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    constexpr const char* label = "MemAvailable:";
    if (line.starts_with(label)) return std::strtoull(line.c_str() + std::char_traits<char>::length(label), nullptr, 10) * limits::KiB / 4 * 3;
  }
  return 2 * limits::GiB;
}

std::string complaint(const process::Command& command, const process::Outcome& outcome) {
  const std::string& text = outcome.messages;
  std::size_t begin = text.find("error:");
  begin = begin == std::string::npos ? 0 : text.rfind('\n', begin) + 1;
  return "clang failed on " + command.arguments.back() + ": " + outcome.ending() + ". " + text.substr(begin, 1000);
}

/// Runs them, the largest first: one that starts last and runs alone would cost the whole build its time. Refuses when one fails.
Result<void> run_compilers(std::vector<process::Command> commands, const Request& request, const Workshop& workshop, const char* phase) {
  std::sort(commands.begin(), commands.end(), [](const process::Command& a, const process::Command& b) {
    return a.expected_bytes != b.expected_bytes ? a.expected_bytes > b.expected_bytes : a.arguments < b.arguments;
  });
  const std::size_t jobs = request.jobs != 0 ? request.jobs : std::max(1u, std::thread::hardware_concurrency());
  workshop.report(phase, 0, commands.size());
  const auto on_done = [&](std::size_t done) { workshop.report(phase, done, commands.size()); };
  INGOT_TRY(const std::vector<process::Outcome> outcomes, process::run_all(commands, jobs, on_done, memory_budget()));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool ran = outcomes[i].exit_code >= 0 || outcomes[i].signal != 0;
    if (ran && !outcomes[i].succeeded()) return Error{ErrorCode::toolchain, complaint(commands[i], outcomes[i])};
  }
  return {};
}

}  // namespace

Result<void> check(CompleteC source, const Request& request, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, write_sources(source, workshop));
  std::vector<process::Command> commands;
  for (const auto& [name, text] : source.files()) {
    if (!name.ends_with(".c") || name == "memory.c") continue;  // memory.c is ours alone
    process::Command command = workshop.toolchain().clang_command(workshop.scratch().path());
    for (std::string& flag : compile_flags(request.optimisation, false)) command.arguments.push_back(std::move(flag));
    command.arguments.insert(command.arguments.end(), {"-march=" + request.targets.front(), "-fsyntax-only", name});
    command.folder = folder;
    command.expected_bytes = expected_bytes(text.size());
    commands.push_back(std::move(command));
  }
  return run_compilers(std::move(commands), request, workshop, "check");
}

Result<Objects> compile(CompleteC source, const Request& request, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, write_sources(source, workshop));
  const std::vector<std::string> flags = compile_flags(request.optimisation, !source.agreed().lines().rows.empty());
  const ObjectCache cache(request.object_cache, workshop);
  std::vector<process::Command> commands;
  std::vector<std::pair<std::string, std::string>> fresh;  // of each command: place in the cache, object
  std::vector<Objects::Target> targets;
  for (const std::string& level : request.targets) {
    INGOT_TRY(const std::string objects, workshop.scratch().folder("objects/" + level));
    Objects::Target target{level, {}};
    for (const auto& [name, text] : source.files()) {
      const bool assembly = name.ends_with(".s");
      if (!name.ends_with(".c") && !assembly) continue;
      target.files.push_back(objects + "/" + name + ".o");
      std::vector<std::string> own_flags = flags;
      own_flags.push_back("-march=" + level);
      if (name == "memory.c") {
        for (std::string& flag : memory_flags()) own_flags.push_back(std::move(flag));
      }
      const std::string place = cache.place(source.files(), name, own_flags);
      if (ObjectCache::fetch(place, target.files.back())) continue;
      fresh.emplace_back(place, target.files.back());
      process::Command command = workshop.toolchain().clang_command(workshop.scratch().path());
      command.arguments.insert(command.arguments.end(), own_flags.begin(), own_flags.end());
      command.arguments.insert(command.arguments.end(), {"-o", target.files.back(), "-c", name});
      command.folder = folder;
      command.expected_bytes = expected_bytes(text.size());
      commands.push_back(std::move(command));
    }
    targets.push_back(std::move(target));
  }
  INGOT_TRY_VOID(run_compilers(std::move(commands), request, workshop, "compile"));
  for (const auto& [place, object] : fresh) ObjectCache::keep(place, object);
  return Objects(source.agreed(), std::move(targets), {flags, memory_flags(), link_flags(request.optimisation == Optimisation::debug), uses_simde(source)}, request.optimisation == Optimisation::debug);
}

}  // namespace ingot::compiler::native
