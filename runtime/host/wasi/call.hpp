// SPDX-License-Identifier: Apache-2.0
#pragma once
// One call of a function of WASI, as the functions see it: the guest's arguments, its memory, its world. Every function copies what it was pointed to, judges the copy,
// acts, and writes back.

#include <cstring>
#include <optional>
#include <string>

#include "host/wasi/errno.hpp"
#include "host/wasi/world.hpp"
#include "ingot/abi.h"
#include "instance/guest_memory.hpp"

namespace ingot::host::wasi {

/// Which layouts the guest was compiled with.
enum class Dialect : std::uint8_t { preview1, unstable };

struct Call {
  instance::GuestMemory memory;
  World& world;
  const ingot_slot* slots;
  Dialect dialect = Dialect::preview1;
  ingot_trap trap = INGOT_TRAP_NONE;  ///< the guest ends with that instead of an answer

  std::uint32_t word(int index) const { return slots[index].i32; }
  std::uint64_t wide(int index) const { return slots[index].i64; }

  /// Writes a number, or says fault.
  template <typename Number>
  Errno give(std::uint32_t address, Number value) const {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    return memory.copy_out(address, {bytes, sizeof value}) ? Errno::success : Errno::fault;
  }
  /// Has memory room there? Asked before something is done that cannot be undone.
  bool has_room(std::uint32_t address, std::uint32_t bytes) const { return memory.holds(address, bytes); }
};

/// A path in the guest's memory, copied. Errors: fault, nametoolong, inval (a NUL in it), noent (empty).
Errno read_path(const Call& call, std::uint32_t address, std::uint32_t length, std::string& path);

}  // namespace ingot::host::wasi
