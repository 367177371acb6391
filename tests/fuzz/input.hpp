// SPDX-License-Identifier: Apache-2.0
#pragma once
// A fuzzer's bytes as numbers, and what must hold.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ingot::fuzz {

/// Ends the process unless it holds.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : at_(bytes), left_(size) {}
  bool empty() const { return left_ == 0; }
  /// The next `bytes` of them, at most 8, little-endian; what is not there is 0.
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    const std::size_t take = std::min(left_, bytes);
    if (take > 0) std::memcpy(&value, at_, take);
    at_ += take;
    left_ -= take;
    return value;
  }
  /// Of 0 to bound - 1.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(number(2) % bound); }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

}  // namespace ingot::fuzz
