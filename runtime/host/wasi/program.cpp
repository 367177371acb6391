// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/program.hpp"

#include "instance/text_call.hpp"

namespace ingot::host::wasi {

Result<int> find_start(const load::LoadedModule& module) {
  INGOT_TRY(const int start, instance::find_typed(module, "_start", {}));
  if (start >= 0) return start;
  INGOT_TRY(const int initialize, instance::find_typed(module, "_initialize", {}));
  if (initialize >= 0) return -1;
  return Error{ErrorCode::contract, "the bundle exports neither _start nor _initialize: it is no program (`ingot call` calls one of its functions)"};
}

Ending run_program(instance::Instance& program, World& world, int start) {
  program.set_host_data(&world);
  auto trap = program.start();
  ingot_slot none{};
  if (!trap && start >= 0) trap = program.call(start, std::span(&none, 1));
  program.set_host_data(nullptr);
  if (!trap) return 0u;
  if (trap->kind == INGOT_TRAP_EXIT && world.exit_code) return *world.exit_code;
  return std::move(*trap);
}

}  // namespace ingot::host::wasi
