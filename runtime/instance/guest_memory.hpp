// SPDX-License-Identifier: Apache-2.0
#pragma once
// The host's only way to a guest's bytes: copied once, judged after. Addresses and lengths are the guest's u32 numbers; every
// access goes through the one bounds check.

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/copy.hpp"
#include "base/ranges.hpp"
#include "ingot/island/wasm-rt.h"

namespace ingot::instance {

/// A view of one guest's linear memory as it is now. Value; use it within one host call or between two guest calls.
class GuestMemory {
 public:
  /// `memory` may be null: a guest without memory, in which every access fails.
  explicit GuestMemory(const wasm_rt_memory_t* memory) : memory_(memory) {}

  std::uint64_t size() const { return memory_ == nullptr ? 0 : memory_->size; }
  bool holds(std::uint32_t address, std::uint32_t length) const { return contains(size(), address, length); }

  /// A copy of [address, address+length), or nothing when it is not all inside.
  std::optional<std::string> copy_in(std::uint32_t address, std::uint32_t length) const {
    if (!holds(address, length)) return std::nullopt;
    if (length == 0) return std::string{};
    return std::string(reinterpret_cast<const char*>(memory_->data + address), length);
  }
  /// Copies [address, address+length) to `to`, or nothing and returns false.
  bool read(std::uint32_t address, void* to, std::uint32_t length) const {
    if (!holds(address, length)) return false;
    copy_bytes(to, memory_->data + address, length);
    return true;
  }
  /// Writes all of `bytes`, or nothing and returns false.
  bool copy_out(std::uint32_t address, std::string_view bytes) const {
    if (bytes.size() > UINT32_MAX || !holds(address, static_cast<std::uint32_t>(bytes.size()))) return false;
    copy_bytes(memory_->data + address, bytes.data(), bytes.size());
    return true;
  }
  /// The bytes themselves, for the kernel to read or fill in one system call: nobody else looks at them, so there is nothing to copy first. Nothing when they are not all inside.
  std::optional<std::span<std::uint8_t>> window(std::uint32_t address, std::uint32_t length) const {
    if (!holds(address, length)) return std::nullopt;
    if (length == 0) return std::span<std::uint8_t>{};
    return std::span(memory_->data + address, length);
  }
  /// A little-endian u32.
  std::optional<std::uint32_t> read_u32(std::uint32_t address) const {
    if (!holds(address, 4)) return std::nullopt;
    std::uint32_t value = 0;
    std::memcpy(&value, memory_->data + address, 4);
    return value;
  }

 private:
  const wasm_rt_memory_t* memory_;
};

}  // namespace ingot::instance
