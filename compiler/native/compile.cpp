// SPDX-License-Identifier: Apache-2.0
#include "native/compile.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "native/flags.hpp"
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
    INGOT_TRY_VOID(process::write_file(path, process::bytes_of(text)));
  }
  if (!uses_simde(source)) return folder;
  const std::string& parent = workshop.toolchain().simde_parent();
  if (parent.empty()) return Error{ErrorCode::toolchain, "this module uses SIMD and simde's headers are not installed; run scripts/setup"};
  // A link, so that the compiler sees simde/ and nothing else of /usr/include.
  fs::create_directory_symlink(fs::path(parent) / "simde", fs::path(folder) / "simde", error);
  if (error) return Error{ErrorCode::io, folder + ": " + error.message()};
  return folder;
}

std::string complaint(const process::Command& command, const process::Outcome& outcome) {
  const std::string& text = outcome.messages;
  std::size_t begin = text.find("error:");
  begin = begin == std::string::npos ? 0 : text.rfind('\n', begin) + 1;
  return "clang failed on " + command.arguments.back() + ": " + outcome.ending() + ". " + text.substr(begin, 1000);
}

}  // namespace

Result<Objects> compile(CompleteC source, const Request& request, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, write_sources(source, workshop));
  const std::vector<std::string> flags = compile_flags(request.optimisation);
  std::vector<process::Command> commands;
  std::vector<Objects::Target> targets;
  for (const std::string& level : request.targets) {
    INGOT_TRY(const std::string objects, workshop.scratch().folder("objects/" + level));
    Objects::Target target{level, {}};
    for (const auto& [name, text] : source.files()) {
      if (!name.ends_with(".c")) continue;
      target.files.push_back(objects + "/" + name + ".o");
      process::Command command = workshop.toolchain().clang_command();
      command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
      command.arguments.push_back("-march=" + level);
      if (name == "memory.c") {
        for (std::string& flag : memory_flags()) command.arguments.push_back(std::move(flag));
      }
      command.arguments.insert(command.arguments.end(), {"-o", target.files.back(), "-c", name});
      command.folder = folder;
      commands.push_back(std::move(command));
    }
    targets.push_back(std::move(target));
  }
  workshop.report("compile", 0, commands.size());
  const auto on_done = [&](std::size_t done) { workshop.report("compile", done, commands.size()); };
  INGOT_TRY(const std::vector<process::Outcome> outcomes,
            process::run_all(commands, std::max(1u, std::thread::hardware_concurrency()), on_done));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool ran = outcomes[i].exit_code >= 0 || outcomes[i].signal != 0;
    if (ran && !outcomes[i].succeeded()) return Error{ErrorCode::toolchain, complaint(commands[i], outcomes[i])};
  }
  return Objects(source.agreed(), std::move(targets), {flags, memory_flags(), link_flags(), uses_simde(source)});
}

}  // namespace ingot::compiler::native
