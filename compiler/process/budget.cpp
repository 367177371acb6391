// SPDX-License-Identifier: Apache-2.0
#include "process/budget.hpp"

#include <algorithm>
#include <string>

#include "limits.hpp"
#include "process/usage.hpp"

namespace ingot::compiler::process {
namespace {

constexpr std::uint64_t mapped_files_bytes = limits::GiB;  // clang 22 with its libraries maps 0.27 GiB
constexpr std::uint64_t seconds_longest = 100ull * 366 * 24 * 3600;  // beyond that the clock's arithmetic could wrap

}  // namespace

Budget::Budget(std::uint64_t seconds_max, std::uint64_t memory_bytes_max) : seconds_max_(std::min(seconds_max, seconds_longest)) {
  if (seconds_max_ != 0) deadline_ = Clock::now() + std::chrono::seconds(seconds_max_);
  if (memory_bytes_max != 0) memory_bytes_max_ = memory_bytes_max;
}

std::optional<Budget::Clock::duration> Budget::time_left() const {
  if (!deadline_) return std::nullopt;
  return std::max(*deadline_ - Clock::now(), Clock::duration::zero());
}

Result<void> Budget::check() const {
  if (const auto left = time_left(); left && *left == Clock::duration::zero()) return time_error();
  if (limits_memory() && own_memory_bytes() > memory_bytes_max_) return memory_error();
  return {};
}

Error Budget::time_error() const {
  return {ErrorCode::deadline, "the build did not end within the " + std::to_string(seconds_max_) +
                                   " s of --time-limit; allow more, or ask for less: one --target, or -O dev"};
}

Error Budget::memory_error() const {
  return {ErrorCode::limit, "the build needs more memory than the " + std::to_string(memory_bytes_max_ / limits::MiB) +
                                " MiB of --memory-limit; allow more, or ask for less at a time: --jobs 1, or -O dev"};
}

Confinement Budget::within(Confinement confinement) const {
  if (!limits_memory()) return confinement;
  confinement.private_bytes_max = std::min(confinement.private_bytes_max, memory_bytes_max_);
  if (memory_bytes_max_ < confinement.memory_bytes_max) {
    confinement.memory_bytes_max = std::min(confinement.memory_bytes_max, memory_bytes_max_ + mapped_files_bytes);
  }
  return confinement;
}

}  // namespace ingot::compiler::process
