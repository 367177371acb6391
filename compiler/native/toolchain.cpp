// SPDX-License-Identifier: Apache-2.0
#include "native/toolchain.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "limits.hpp"

namespace ingot::compiler::native {
namespace {

namespace fs = std::filesystem;
constexpr int llvm_major_min = 19;
constexpr int llvm_major_max = 40;  // how far the search for newer ones goes
// What wabt prints and how it must be called has been checked against this generation only.
constexpr int wabt_generation[] = {1, 0};
constexpr int wabt_patch_min = 42;

Error missing(std::string what) { return {ErrorCode::toolchain, std::move(what) + "; run scripts/setup to install what a build needs"}; }

std::vector<fs::path> search_path() {
  const char* variable = std::getenv("PATH");
  std::string text = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  std::vector<fs::path> folders;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin && text[begin] == '/') folders.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return folders;
}

bool executable(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

process::Command confined(std::vector<std::string> arguments, std::uint64_t memory, std::uint64_t file, std::uint64_t seconds) {
  process::Command command;
  command.arguments = std::move(arguments);
  command.folder = "/";
  command.confinement.cpu_seconds_max = seconds;
  command.confinement.memory_bytes_max = memory;
  command.confinement.file_bytes_max = file;
  command.seconds_max = seconds * 2;
  return command;
}

/// Folders that the operator gives the tools besides their own, for tools that are scripts around others.
std::vector<std::string> given_folders() {
  std::vector<std::string> folders;
  const char* variable = std::getenv("INGOT_TOOL_FOLDERS");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (rest.front() == '/') folders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

void let_use(process::Command& command, std::vector<std::string> readable, const std::string& folder) {
  command.confinement.readable = std::move(readable);
  command.confinement.writable = given_folders();
  command.confinement.writable.push_back(folder);
}

/// What a program needs to run at all: itself and what was installed with it, and the machine's libraries. Nothing of the users', no /etc beyond
/// the loader's, no /home, no /tmp, no /proc.
std::vector<std::string> program_files(const std::string& program) {
  std::vector<std::string> paths{"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.preload"};
  std::error_code error;
  for (const fs::path& path : {fs::path(program), fs::canonical(program, error)}) {
    if (path.has_parent_path()) paths.push_back(path.parent_path().parent_path());  // PREFIX of PREFIX/bin/program
  }
  // A program that lies directly below the root would open all of it.
  std::erase_if(paths, [](const std::string& path) { return path.empty() || path == "/"; });
  return paths;
}

/// "1.0.42" -> {1, 0, 42}; zeros for what is missing.
std::array<int, 3> parts_of(const std::string& version) {
  std::array<int, 3> parts{};
  std::size_t begin = 0;
  for (int& part : parts) {
    if (begin >= version.size()) break;
    part = std::atoi(version.c_str() + begin);
    begin = std::min(version.find('.', begin), version.size()) + 1;
  }
  return parts;
}

/// A folder that holds wabt in one of the accepted layouts: an unpacked prefix (usr/bin beside usr/lib64/ld-linux), or programs.
std::optional<Wabt> wabt_in(const fs::path& folder) {
  Wabt wabt;
  const fs::path loader = folder / "usr/lib64/ld-linux-x86-64.so.2";
  if (executable(folder / "usr/bin/wasm2c")) {
    wabt.folder = folder / "usr/bin";
    if (executable(loader)) wabt.launcher = {loader, "--library-path", folder / "usr/lib/x86_64-linux-gnu"};
    return wabt;
  }
  for (const fs::path& bin : {folder, folder / "bin"}) {
    if (!executable(bin / "wasm2c") || !executable(bin / "wasm-validate")) continue;
    wabt.folder = bin;
    return wabt;
  }
  return std::nullopt;
}

std::vector<fs::path> wabt_places() {
  std::vector<fs::path> places;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder = self.parent_path(); !error && folder.has_relative_path(); folder = folder.parent_path()) {
    places.push_back(folder / "toolchain/wabt");
    places.push_back(folder / "build/toolchain/wabt");
  }
  for (const fs::path& folder : search_path()) places.push_back(folder);
  return places;
}

/// Fills in the version. False when this wabt is of a generation that we do not know.
Result<bool> accept(Wabt& wabt, const AskVersion& ask) {
  std::vector<std::string> arguments = wabt.launcher;
  arguments.push_back(wabt.folder + "/wasm2c");
  INGOT_TRY(wabt.version, ask(arguments));
  const auto parts = parts_of(wabt.version);
  return parts[0] == wabt_generation[0] && parts[1] == wabt_generation[1] && parts[2] >= wabt_patch_min;
}

Result<Wabt> find_wabt(const AskVersion& ask) {
  const std::string wanted = "wabt 1.0.42 or a later 1.0.x";
  if (const auto prefix = environment("INGOT_WABT_PREFIX")) {
    auto wabt = wabt_in(*prefix);
    if (!wabt) return missing("INGOT_WABT_PREFIX=" + *prefix + " holds no wasm2c");
    INGOT_TRY(const bool accepted, accept(*wabt, ask));
    if (!accepted) return missing("INGOT_WABT_PREFIX=" + *prefix + " holds wabt " + wabt->version + ", but " + wanted + " is needed");
    return *wabt;
  }
  std::string seen;
  for (const fs::path& place : wabt_places()) {
    auto wabt = wabt_in(place);
    if (!wabt) continue;
    INGOT_TRY(const bool accepted, accept(*wabt, ask));
    if (accepted) return *wabt;
    seen = " (found wabt " + (wabt->version.empty() ? "of unknown version" : wabt->version) + " in " + wabt->folder + ")";
  }
  return missing(wanted + " is needed for the translation" + seen);
}

struct Found {
  std::string path, version;
};

Result<Found> find_clang(const AskVersion& ask) {
  if (const auto path = environment("INGOT_CLANG")) {
    INGOT_TRY(std::string version, ask({*path}));
    if (parts_of(version)[0] < llvm_major_min) return missing("INGOT_CLANG=" + *path + " is not clang 19 or later");
    return Found{*path, std::move(version)};
  }
  const std::vector<fs::path> folders = search_path();
  for (int major = llvm_major_max; major >= llvm_major_min; --major) {
    const std::string suffix = "-" + std::to_string(major);
    for (const fs::path& folder : folders) {
      const fs::path clang = folder / ("clang" + suffix);
      const bool has_lld = environment("INGOT_LLD") || executable(folder / ("ld.lld" + suffix));
      if (!executable(clang) || !has_lld) continue;
      INGOT_TRY(std::string version, ask({clang}));
      if (parts_of(version)[0] == major) return Found{clang, std::move(version)};
    }
  }
  return missing("clang 19 or later (clang-NN with ld.lld-NN beside it) is needed to compile");
}

Result<Found> find_lld(const std::string& clang, const std::string& clang_version, const AskVersion& ask) {
  const std::string suffix = "-" + std::to_string(parts_of(clang_version)[0]);
  const fs::path folder = fs::path(clang).parent_path();
  std::vector<fs::path> candidates{folder / ("ld.lld" + suffix), fs::path("/usr/bin") / ("ld.lld" + suffix), folder / "ld.lld"};
  if (const auto path = environment("INGOT_LLD")) candidates = {*path};
  for (const fs::path& path : candidates) {
    if (!executable(path)) continue;
    INGOT_TRY(std::string version, ask({path}));
    if (!version.empty()) return Found{path, std::move(version)};
  }
  return missing("ld.lld" + suffix + " is needed to link");
}

Result<Found> find_codegen(const std::string& clang_version, const AskVersion& ask) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path path = environment("INGOT_CODEGEN").value_or(self.parent_path() / "ingot-codegen");
  if (!executable(path)) return Error{ErrorCode::toolchain, path.string() + " is missing; it is installed beside ingotc, or INGOT_CODEGEN says where it is"};
  INGOT_TRY(std::string version, ask({path}));
  if (parts_of(version)[0] != parts_of(clang_version)[0]) return Found{};  // bitcode is for one generation of LLVM
  return Found{path, std::move(version)};
}

std::string find_simde(const Wabt& wabt) {
  for (const fs::path& parent : {fs::path(wabt.folder).parent_path() / "include", fs::path("/usr/include"), fs::path("/usr/local/include")}) {
    std::error_code error;
    if (fs::exists(parent / "simde/wasm/simd128.h", error)) return parent;
  }
  return "";
}

/// The first "N.N.N", or empty.
std::string first_version_in(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    const std::size_t end = std::min(text.find_first_not_of("0123456789.", i), text.size());
    const std::string word = text.substr(i, end - i);
    if (std::count(word.begin(), word.end(), '.') >= 2) return word;
    i = end;
  }
  return {};
}

}  // namespace

AskVersion ask_version(process::Budget budget) {
  return [budget](const std::vector<std::string>& arguments) -> Result<std::string> {
    std::vector<std::string> question = arguments;
    question.push_back("--version");
    INGOT_TRY(const process::Outcome outcome, process::run(confined(std::move(question), 4 * limits::GiB, limits::MiB, 20), budget));
    return outcome.succeeded() ? first_version_in(outcome.output) : std::string();
  };
}

// The translator gets time and memory by the size of its input: measured 0.16 s and about 50 bytes of memory per byte of wasm; six
// times that, and a floor for small modules.
process::Command Toolchain::wabt_command(const std::string& program, std::uint64_t module_bytes, const std::string& folder) const {
  std::vector<std::string> arguments = wabt_.launcher;
  arguments.push_back(wabt_.folder + "/" + program);
  const std::uint64_t memory = limits::GiB + module_bytes * 300;
  const std::uint64_t file = 64 * limits::MiB + module_bytes * 100;
  process::Command command = confined(std::move(arguments), memory, file, 30 + module_bytes / limits::MiB * 4);
  command.folder = folder;
  let_use(command, program_files(wabt_.folder + "/" + program), folder);
  command.confinement.open_files_max = 256;  // wasm2c keeps all parts of its output open, and ends in silence when it cannot
  return command;
}

process::Command Toolchain::clang_command(const std::string& scratch) const {
  process::Command command = confined({clang_}, 24 * limits::GiB, 4 * limits::GiB, 3600);
  let_use(command, program_files(clang_), scratch);
  if (!simde_parent_.empty()) command.confinement.readable.push_back(simde_parent_ + "/simde");
  command.confinement.open_files_max = 256;
  command.confinement.may_start_processes = true;
  return command;
}

process::Command Toolchain::lld_command(const std::string& scratch) const {
  process::Command command = confined({lld_}, 24 * limits::GiB, 4 * limits::GiB, 600);
  let_use(command, program_files(lld_), scratch);
  command.confinement.open_files_max = 1024;
  command.confinement.may_start_processes = true;
  return command;
}

process::Command Toolchain::codegen_command(const std::string& scratch) const {
  process::Command command = confined({codegen_}, 24 * limits::GiB, 4 * limits::GiB, 3600);
  let_use(command, {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.preload", codegen_}, scratch);
  command.confinement.open_files_max = 256;
  return command;
}

Result<Toolchain> find_toolchain(const AskVersion& ask) {
  Toolchain toolchain;
  INGOT_TRY(toolchain.wabt_, find_wabt(ask));
  INGOT_TRY(Found clang, find_clang(ask));
  INGOT_TRY(Found lld, find_lld(clang.path, clang.version, ask));
  INGOT_TRY(Found codegen, find_codegen(clang.version, ask));
  toolchain.simde_parent_ = find_simde(toolchain.wabt_);
  toolchain.clang_ = std::move(clang.path);
  toolchain.clang_version_ = std::move(clang.version);
  toolchain.lld_ = std::move(lld.path);
  toolchain.lld_version_ = std::move(lld.version);
  toolchain.codegen_ = std::move(codegen.path);
  toolchain.codegen_version_ = std::move(codegen.version);
  return toolchain;
}

}  // namespace ingot::compiler::native
