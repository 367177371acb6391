// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random bytes of the kernel's, for names: each request gets two or three, and asking the kernel for each of them took as long as routing the request.

#include <cstdint>
#include <span>
#include <string>

namespace ingot::dispatch {

/// Fills `bytes` from a store of 1 KiB that this thread has from getrandom(2); no byte is given out twice. Aborts when the kernel has none. Not for keys: the store stays in memory until it
/// is used up.
void random_bytes(std::span<std::uint8_t> bytes);

/// Two lower-case hexadecimal digits for each byte.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);

}  // namespace ingot::dispatch
