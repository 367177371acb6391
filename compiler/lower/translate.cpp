// SPDX-License-Identifier: Apache-2.0
#include "lower/translate.hpp"

#include <algorithm>
#include <filesystem>

#include "ingest/policy.hpp"
#include "limits.hpp"
#include "lower/mark_lines.hpp"
#include "lower/normalise.hpp"
#include "lower/segments.hpp"
#include "lower/vector_type.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::lower {
namespace {

namespace fs = std::filesystem;
// Inlining stops at the border of a part, so small modules stay whole; clang's time and memory grow with the part, so large ones do not.
constexpr std::uint64_t code_bytes_per_part = 256 * limits::KiB;
constexpr std::uint64_t parts_max = 64;
constexpr std::uint64_t source_bytes_max = 4 * limits::GiB;

Result<SourceFiles> collect(const std::string& folder) {
  SourceFiles files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name == "input.wasm") continue;
    const bool is_source = name.ends_with(".c") || name.ends_with(".h");
    if (!is_source || entry.is_symlink()) return Error{ErrorCode::toolchain, "the translator left an unexpected file behind"};
    INGOT_TRY(const format::Bytes bytes, process::read_file(entry.path(), source_bytes_max));
    files.emplace(name, process::text_of(bytes));
  }
  if (error) return Error{ErrorCode::io, folder + ": " + error.message()};
  return files;
}

}  // namespace

std::uint32_t part_count(const ingest::Module& module) {
  std::uint64_t bytes = 0;
  for (const ingest::Range& body : module.bodies) bytes += body.size();
  const std::uint64_t parts = (bytes + code_bytes_per_part - 1) / code_bytes_per_part;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(parts, 1, parts_max));
}

Result<GeneratedC> translate(NormalModule normal, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, workshop.scratch().folder("translate"));
  INGOT_TRY_VOID(process::write_scratch(folder + "/input.wasm", normal.wasm()));
  process::Command command = workshop.toolchain().wabt_command("wasm2c", normal.wasm().size(), folder);
  for (std::string& option : ingest::profile_options(normal.agreed().module().features())) command.arguments.push_back(std::move(option));
  const std::uint32_t parts = part_count(normal.agreed().module());
  command.arguments.insert(command.arguments.end(), {"--no-debug-names", "--module-name", module_name, "--num-outputs",
                                                     std::to_string(parts), "--output", "m.c", "input.wasm"});
  INGOT_TRY(const process::Outcome outcome, process::run(command, workshop.budget()));
  if (!outcome.succeeded()) {
    std::string reason = outcome.messages.substr(0, outcome.messages.find('\n'));
    // It says no (exit code 1) to what it cannot express; that it dies, by our limits or by itself, is no statement about the module.
    if (outcome.exit_code == 1) return Error{ErrorCode::unsupported_wasm, "the translator cannot carry this module: " + (reason.empty() ? outcome.ending() : reason)};
    return Error{ErrorCode::toolchain, "the translator (wasm2c) failed on this valid module: " + outcome.ending() + (reason.empty() ? "" : ": " + reason) +
                                           "; another version of wabt may carry it"};
  }
  INGOT_TRY(SourceFiles files, collect(folder));
  const auto parts_written = std::count_if(files.begin(), files.end(), [](const auto& file) { return file.first.ends_with(".c"); });
  if (parts_written != parts || !files.contains("m.h")) {
    return Error{ErrorCode::toolchain, "the translator wrote other files than it should: " + std::to_string(parts_written) + " of " +
                                           std::to_string(parts) + " parts" + (files.contains("m.h") ? "" : ", no header")};
  }
  place_lines(files, normal.agreed().lines(), normal.marks());
  INGOT_TRY(Segments segments, extract_segments(files));
  declare_vector_type(files);
  return GeneratedC(normal.agreed(), std::move(files), std::move(segments));
}

}  // namespace ingot::compiler::lower
