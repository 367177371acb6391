// SPDX-License-Identifier: Apache-2.0
#include "native/link.hpp"

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
  INGOT_TRY_VOID(process::write_file(folder + "/exports.map", process::bytes_of(exports_map)));
  std::vector<format::ObjectInput> linked;
  for (const Objects::Target& target : objects.targets()) {
    const std::string output = folder + "/" + target.level + ".so";
    process::Command command = workshop.toolchain().lld_command();
    for (std::string& flag : link_flags()) command.arguments.push_back(std::move(flag));
    command.arguments.insert(command.arguments.end(), {"-o", output});
    command.arguments.insert(command.arguments.end(), target.files.begin(), target.files.end());
    command.folder = folder;
    INGOT_TRY(const process::Outcome outcome, process::run(command));
    if (!outcome.succeeded()) {
      return Error{ErrorCode::toolchain, "the linker failed: " + outcome.ending() + ". " + outcome.messages.substr(0, 1000)};
    }
    INGOT_TRY(format::Bytes bytes, process::read_file(output, limits::bundle_bytes_max));
    linked.push_back({target.level, std::move(bytes)});
  }
  return SharedObjects(objects.agreed(), std::move(linked), objects.flags());
}

}  // namespace ingot::compiler::native
