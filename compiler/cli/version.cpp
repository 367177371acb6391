// SPDX-License-Identifier: Apache-2.0
#include "cli/version.hpp"

#include <nlohmann/json.hpp>

#include "bundle/pack.hpp"
#include "ingot/abi.h"
#include "process/probe.hpp"

namespace ingot::compiler::cli {
namespace {

std::string line(const char* what, const std::string& text) { return std::string("\n  ") + what + text; }

std::string files_text(const process::WallReport& walls) {
  if (walls.files) return "Landlock ABI " + std::to_string(walls.landlock_abi);
  return walls.landlock_abi == 0 ? "NOT confined: this kernel has no Landlock (Linux 5.13 and later, where it is switched on)"
                                 : "NOT confined: Landlock ABI " + std::to_string(walls.landlock_abi) + " is there and does not hold";
}

}  // namespace

std::string version_text(bool json) {
  const process::WallReport walls = process::try_walls();
  const std::string version = bundle::ingotc_version();
  if (json) {
    const nlohmann::json confinement{{"can_confine", walls.failed_step.empty()},
                                     {"failed_step", walls.failed_step},
                                     {"seccomp", walls.system_calls},
                                     {"landlock_abi", walls.landlock_abi},
                                     {"landlock", walls.files},
                                     {"network_namespace", walls.network_namespace}};
    return nlohmann::json{{"name", "ingotc"}, {"version", version}, {"abi_version", INGOT_ABI_VERSION}, {"confinement", confinement}}.dump();
  }
  std::string text = "ingotc " + version + " (ABI " + std::to_string(INGOT_ABI_VERSION) + ")";
  if (!walls.failed_step.empty()) {
    return text + "\nTools cannot be confined on this machine, so nothing can be built: " + walls.failed_step + " fails. In a container, look at its seccomp profile.";
  }
  text += "\nThe tools that it starts are confined on this machine by";
  text += line("resources     ", "limits of time, memory, file size and open files");
  text += line("system calls  ", walls.system_calls ? "a filter (seccomp); no sockets, no tracing, no new privileges" : "NOT confined: the filter does not hold");
  text += line("files         ", files_text(walls));
  text += line("network       ", walls.network_namespace ? "a name space of its own, beside the filter" : "the filter alone: no right to make a name space here");
  return text;
}

}  // namespace ingot::compiler::cli
