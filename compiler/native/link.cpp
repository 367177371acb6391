// SPDX-License-Identifier: Apache-2.0
#include "native/link.hpp"

#include <algorithm>

#include "ingot/abi.h"
#include "limits.hpp"
#include "native/flags.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::native {
namespace {

constexpr const char* exports_map = "{ global: " INGOT_DESCRIPTOR_SYMBOL "; local: *; };\n";

}  // namespace

Result<SharedObjects> link(Objects objects, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, workshop.scratch().folder("link"));
  INGOT_TRY_VOID(process::write_scratch(folder + "/exports.map", process::bytes_of(exports_map)));
  std::vector<format::ObjectInput> linked;
  std::vector<format::Bytes> unstripped;
  for (const Objects::Target& target : objects.targets()) {
    const std::string output = folder + "/" + target.level + ".so";
    process::Command command = workshop.toolchain().lld_command(workshop.scratch().path());
    for (std::string& flag : link_flags(objects.for_debugger())) command.arguments.push_back(std::move(flag));
    command.arguments.insert(command.arguments.end(), {"-o", output});
    command.arguments.insert(command.arguments.end(), target.files.begin(), target.files.end());
    command.folder = folder;
    INGOT_TRY(const process::Outcome outcome, process::run(command, workshop.budget()));
    if (!outcome.succeeded()) {
      return Error{ErrorCode::toolchain, "the linker failed: " + outcome.ending() + ". " + outcome.messages.substr(0, 1000)};
    }
    INGOT_TRY(format::Bytes bytes, process::read_file(output, limits::bundle_bytes_max));
    linked.push_back({target.level, std::move(bytes)});
    if (objects.for_debugger()) {
      unstripped.push_back(linked.back().bytes);
      continue;
    }

    // The same once more with its debug information, for the symbols section.
    std::erase(command.arguments, "--strip-all");
    *std::find(command.arguments.begin(), command.arguments.end(), output) = output + ".debug";
    INGOT_TRY(const process::Outcome again, process::run(command, workshop.budget()));
    if (again.succeeded()) {
      INGOT_TRY(unstripped.emplace_back(), process::read_file(output + ".debug", limits::bundle_bytes_max));
    }
    unstripped.resize(linked.size());
  }
  return SharedObjects(objects.agreed(), std::move(linked), std::move(unstripped), objects.flags());
}

}  // namespace ingot::compiler::native
