// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one build may use at most: time by the wall clock, and memory of this process and all that it starts, taken together. A value; without
// limits unless it is given some. The limits of a single child are confine.hpp's; what a budget says comes on top.

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "process/confine.hpp"

namespace ingot::compiler::process {

class Budget final {
 public:
  using Clock = std::chrono::steady_clock;

  Budget() = default;
  /// Begins now. 0 means no limit, for either.
  Budget(std::uint64_t seconds_max, std::uint64_t memory_bytes_max);

  /// How much of the time is left, never negative; nothing when there is no limit.
  std::optional<Clock::duration> time_left() const;
  /// UINT64_MAX when there is no limit.
  std::uint64_t memory_bytes_max() const { return memory_bytes_max_; }
  bool limits_memory() const { return memory_bytes_max_ != UINT64_MAX; }

  /// Looks at the clock and at what this process itself uses. Errors: deadline, limit.
  Result<void> check() const;
  Error time_error() const;
  Error memory_error() const;

  /// No more for one child than for the whole build. Its private memory is held to that exactly; its address space gets room beside that for
  /// programs and libraries, which are mapped and shared.
  Confinement within(Confinement confinement) const;

 private:
  std::uint64_t seconds_max_ = 0;
  std::optional<Clock::time_point> deadline_;
  std::uint64_t memory_bytes_max_ = UINT64_MAX;
};

}  // namespace ingot::compiler::process
