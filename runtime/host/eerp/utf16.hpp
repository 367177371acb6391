// SPDX-License-Identifier: Apache-2.0
#pragma once
// AssemblyScript's strings: UTF-16 code units at the address, their length in bytes in the u32 before it.

#include <string>

#include "instance/guest_memory.hpp"

namespace ingot::host::eerp {

/// The string as UTF-8 (lone surrogates become U+FFFD), cut at 8 KiB. Empty for address 0 or anything outside memory: it is only ever
/// logged.
std::string read_as_string(const instance::GuestMemory& memory, std::uint32_t address);

}  // namespace ingot::host::eerp
