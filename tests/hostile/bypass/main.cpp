// SPDX-License-Identifier: Apache-2.0
//
// Casts a module that ingotc refuses, so that the runtime alone has to hold. For tests only.
//
//   hostile_bypass INPUT OUT --tier dev|release --contract eerp|none --key FILE
//
// It is the compiler's own pipeline, linked with other definitions of three stages and of the policy: features that the policy refuses, limits of
// size, validation and the contract are not asked about (stages.cpp, policy.cpp, no_limits.hpp). Translator, C compiler, linker and audit are the
// product's. Ends with 3, and "STEP: reason" on standard output, when one of those cannot carry the module.
//
// ingotc cannot be brought to this: there is no option, environment variable, file or value that leads here. The other definitions exist in the object
// files of this program, which nothing else links and nothing installs; ingotc is linked from the strict ones, and a program with both does not link.

#include <cstdio>
#include <string_view>

#include "bypass.hpp"
#include "native/toolchain.hpp"
#include "pipeline.hpp"
#include "process/files.hpp"
#include "process/scratch.hpp"

namespace {

using namespace ingot;
using namespace ingot::compiler;

constexpr int cannot_be_carried = 3;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What the translator says of a module that our reader cannot step through.
Result<std::string> ask_translator(const std::string& input) {
  INGOT_TRY(const native::Toolchain toolchain, native::find_toolchain());
  INGOT_TRY(const process::Scratch scratch, process::Scratch::create());
  INGOT_TRY(const std::string folder, scratch.folder("ask"));
  INGOT_TRY(const format::Bytes wasm, process::read_file(input, 1 << 20));
  INGOT_TRY_VOID(process::write_scratch(folder + "/input.wasm", wasm));
  process::Command command = toolchain.wabt_command("wasm2c", wasm.size(), folder);
  for (std::string& option : ingest::profile_options({})) command.arguments.push_back(std::move(option));
  command.arguments.insert(command.arguments.end(), {"--output", "m.c", "input.wasm"});
  INGOT_TRY(const process::Outcome outcome, process::run(command));
  return outcome.exit_code == 1 ? "translate: the translator cannot carry this module: " + first_line(outcome.messages) : std::string();
}

int usage() {
  std::fputs("usage: hostile_bypass INPUT OUT --tier dev|release --contract eerp|none --key FILE\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) return usage();
  Request request;
  request.input = argv[1];
  request.targets = {"x86-64-v2"};
  std::string phase, key_path;
  request.progress = [&phase](const char* name, std::size_t, std::size_t) { phase = name; };
  for (int at = 3; at < argc; at += 2) {
    const std::string_view option = argv[at], value = argv[at + 1];
    if (option == "--tier") request.optimisation = value == "dev" ? Optimisation::dev : Optimisation::release;
    else if (option == "--contract") request.contract = value == "eerp" ? ContractChoice::eerp : ContractChoice::none;
    else if (option == "--key") key_path = value;
    else return usage();
  }
  const auto pem = process::read_file(key_path, 4096);
  const auto key = pem.ok() ? format::parse_private_key(process::text_of(*pem)) : Result<format::PrivateKey>(pem.error());
  if (!key.ok()) return std::fprintf(stderr, "%s\n", key.error().message.c_str()), 2;
  request.key = &*key;

  const auto bundle = build(request);
  if (!bundle.ok()) {
    std::string reason = phase + ": " + first_line(bundle.error().message);
    if (phase == "examine") {
      const auto said = ask_translator(request.input);
      if (said.ok() && !said->empty()) reason = *said;
    }
    std::puts(reason.c_str());
    return cannot_be_carried;
  }
  const auto written = process::write_file(argv[2], (*bundle)->bytes());
  if (!written.ok()) return std::fprintf(stderr, "%s\n", written.error().message.c_str()), 2;
  return 0;
}
