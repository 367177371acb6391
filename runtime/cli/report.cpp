// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"

namespace ingot::cli {

int report(const Error& error, bool json) {
  const int exit_code = exit_code_for(error.code);
  if (json) {
    const nlohmann::json text{{"error", {{"code", error_code_name(error.code)}, {"message", error.message}}}, {"exit_code", exit_code}};
    std::printf("%s\n", text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  std::fprintf(stderr, "ingot: error: %s\n", error.message.c_str());
  return exit_code;
}

void report_trap(const sandbox::Trap& trap) {
  std::fprintf(stderr, "ingot: the guest %s\n", sandbox::describe_trap(trap).c_str());
  for (const sandbox::TrapFrame& frame : trap.backtrace.frames) std::fprintf(stderr, "  at %s\n", sandbox::frame_text(frame).c_str());
  if (trap.backtrace.more) std::fprintf(stderr, "  ...\n");
}

}  // namespace ingot::cli
