// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a linear memory held at one moment, in a memory file that nobody can change any more: mapped copy-on-write into as many reservations as one likes.

#include <cstdint>
#include <memory>

#include "base/result.hpp"

namespace ingot::sandbox {

/// Immutable, thread-safe. Not part of core dumps.
class MemoryImage final {
 public:
  /// Of [begin, begin + bytes). REQUIRES: bytes is a multiple of 64 KiB, not 0. Errors: limit (no memory or no descriptor left).
  static Result<std::shared_ptr<const MemoryImage>> of(const std::uint8_t* begin, std::uint64_t bytes);
  ~MemoryImage();
  MemoryImage(const MemoryImage&) = delete;
  MemoryImage& operator=(const MemoryImage&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint64_t bytes() const { return bytes_; }
  /// The same bytes, readable.
  const std::uint8_t* view() const { return view_; }
  bool equals(const std::uint8_t* begin, std::uint64_t bytes) const;

 private:
  MemoryImage(int descriptor, std::uint64_t bytes, const std::uint8_t* view) : descriptor_(descriptor), bytes_(bytes), view_(view) {}
  int descriptor_;
  std::uint64_t bytes_;
  const std::uint8_t* view_;
};

}  // namespace ingot::sandbox
