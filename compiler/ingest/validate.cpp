// SPDX-License-Identifier: Apache-2.0
#include "ingest/validate.hpp"

#include "ingest/policy.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::ingest {
namespace {

constexpr std::size_t message_bytes_max = 600;

/// "input.wasm:000001f: error: type mismatch in ..." without the file name, first line only.
std::string first_complaint(const std::string& messages) {
  std::string line = messages.substr(0, messages.find('\n'));
  const std::string prefix = "input.wasm:";
  if (line.starts_with(prefix)) line = "offset 0x" + line.substr(prefix.size());
  if (line.size() > message_bytes_max) line.resize(message_bytes_max);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';  // names in it are the module's
  }
  return line;
}

}  // namespace

Result<ValidModule> validate(ExaminedModule examined, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, workshop.scratch().folder("validate"));
  INGOT_TRY_VOID(process::write_scratch(folder + "/input.wasm", examined.inputs().wasm()));
  process::Command command = workshop.toolchain().wabt_command("wasm-validate", examined.inputs().wasm().size(), folder);
  for (std::string& option : profile_options(examined.module().features())) command.arguments.push_back(std::move(option));
  command.arguments.insert(command.arguments.end(), {"--ignore-custom-section-errors", "--no-debug-names", "input.wasm"});
  INGOT_TRY(const process::Outcome outcome, process::run(command, workshop.budget()));
  if (outcome.succeeded()) return ValidModule(std::move(examined));
  if (outcome.exit_code == 1) return Error{ErrorCode::invalid_wasm, "not a valid module: " + first_complaint(outcome.messages)};
  return Error{ErrorCode::toolchain, "wasm-validate failed: " + outcome.ending() + ". " + first_complaint(outcome.messages)};
}

}  // namespace ingot::compiler::ingest
