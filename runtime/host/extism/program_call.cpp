// SPDX-License-Identifier: Apache-2.0
#include "host/extism/program_call.hpp"

#include <algorithm>
#include <exception>
#include <span>

#include "sandbox/enter.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::extism {
namespace {

ingot_trap call_afresh(const ProgramExport& program, ingot_slot* slots) {
  instance::Instance& guest = program.guest;
  // Whoever imports from a program is not imported from by it, so it cannot be inside of itself.
  if (guest.state() != instance::State::empty) guest.reset();
  guest.set_host_data(program.world.get());
  auto trap = guest.start();
  if (!trap) {
    const format::FunctionType& type = guest.module().manifest().exports[static_cast<std::size_t>(program.export_index)].type;
    const std::size_t room = std::max(format::slot_count(type.params), format::slot_count(type.results));
    trap = guest.call(program.export_index, std::span(slots, room));
  }
  guest.reset();
  return trap ? trap->kind : INGOT_TRAP_NONE;
}

struct Crossing {
  const ProgramExport& program;
  ingot_slot* slots;
  ingot_trap trap = INGOT_TRAP_NONE;
};

std::uint32_t call(void* context, ingot_slot* slots) noexcept {
  if (!sandbox::host_stack_has_room()) [[unlikely]] return INGOT_TRAP_STACK_EXHAUSTED;
  Crossing crossing{*static_cast<const ProgramExport*>(context), slots};
  sandbox::on_host_stack(
      [](void* argument) {
        auto& [program, its_slots, trap] = *static_cast<Crossing*>(argument);
        try {
          trap = call_afresh(program, its_slots);
        } catch (const std::exception&) {
          program.host.failure.clear();
          trap = INGOT_TRAP_HOST;
        }
        sandbox::FiberLoop::yield_if_due();
      },
      &crossing);
  // A deadline that passed while the host worked is acted upon now, before the guest goes on.
  return crossing.trap != INGOT_TRAP_NONE ? crossing.trap : sandbox::CallScope::requested();
}

}  // namespace

ingot_host_function program_function() { return call; }

}  // namespace ingot::host::extism
