// SPDX-License-Identifier: Apache-2.0
#pragma once
// One entry into a guest on one thread, and the next one into the same guest. Activations nest (a host call may enter another guest): `outer` links them, and
// ingot_current_activation names the innermost. The fault handler reads this structure, so it stays plain data.

#include <cstddef>
#include <cstdint>

struct wasm_rt_memory_t;

namespace ingot::sandbox {

/// An address range [begin, end).
struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool contains(std::uintptr_t address) const { return address >= begin && address < end; }
};

/// Ranges one behind the other, in plain memory.
struct RangeList {
  const Range* first = nullptr;
  std::size_t count = 0;
};

class Services;

/// In lines of its own: the entry writes to the first one at every call.
struct alignas(64) Activation {
  void* host_rsp = nullptr;            ///< written by the entry code, as the next three: what a landing finds again
  std::uintptr_t host_rbp = 0;
  std::uintptr_t host_r12_to_r15[4]{};
  const void* landing_pad = nullptr;   ///< where a trap goes on in the host
  const void* stack_limit = nullptr;   ///< runtime services called with a stack pointer below this raise STACK_EXHAUSTED
  std::uintptr_t guest_sp = 0;         ///< written by a door of the runtime table: rsp as the guest's call left it
  std::uintptr_t guest_bp = 0;         ///< and rbp
  std::uintptr_t trap_sp = 0;          ///< rsp where the trap was raised: beside trap_pc, or at the return address of the call that raised it
  std::uintptr_t trap_bp = 0;          ///< rbp there
  std::uint32_t landed_with = 0;       ///< written by a landing: the trap's number
  /// Something is to be put in order when the call is over: whoever stopped import calls, or has more to say of a trap, sets it.
  bool untidy = false;
  Activation* outer = nullptr;         ///< the guest that (through a host call) entered this one, or null
  Range memory;                        ///< the reservation whose faults are out-of-bounds traps
  const RangeList* linked_memories = nullptr;  ///< those of instances that this one is linked with, or null; not owned; changes only in host code
  Range stack_guard;                   ///< the guard whose faults are stack-exhausted traps
  Range stack;                         ///< usable stack
  Services* services = nullptr;        ///< what the island's runtime table acts on; not owned
  const void** import_stack_limit = nullptr;  ///< what import thunks compare the stack pointer with, or null; not owned
  std::uintptr_t fault_address = 0;    ///< of the last fault that became a trap; 0 when none
  const void* host_stack_bottom = nullptr;  ///< of the stack that the guest was entered from; known to sanitizer builds only
  std::size_t host_stack_size = 0;
  std::uintptr_t trap_r11 = 0;         ///< r11 of a fault or a diversion: large frames are made with its help
  std::uintptr_t trap_pc = 0;          ///< guest code address of a fault or a diversion; 0 when none

  /// Before the next call, if the last one trapped.
  void forget_trap() { guest_sp = guest_bp = trap_sp = trap_bp = trap_r11 = trap_pc = fault_address = 0; }
};

static_assert(offsetof(Activation, host_rsp) == 0 && offsetof(Activation, host_rbp) == 8 && offsetof(Activation, host_r12_to_r15) == 16 && offsetof(Activation, landing_pad) == 48 &&
              offsetof(Activation, stack_limit) == 56 && offsetof(Activation, guest_sp) == 64 && offsetof(Activation, guest_bp) == 72 && offsetof(Activation, trap_sp) == 80 &&
              offsetof(Activation, trap_bp) == 88 && offsetof(Activation, landed_with) == 96,
              "entry_x86_64.S and enter.hpp");

/// x86-64's red zone (System V ABI 3.2.2): what a function may keep below its stack pointer, also where it entered a guest.
inline constexpr std::uintptr_t red_zone_bytes = 128;

}  // namespace ingot::sandbox

extern "C" {
/// The innermost activation of this thread, or null. Set by enter() alone.
extern constinit thread_local ingot::sandbox::Activation* ingot_current_activation __attribute__((tls_model("initial-exec")));
}
