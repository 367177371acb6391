// SPDX-License-Identifier: Apache-2.0
#pragma once
// How long to leave alone what has just failed: pauses that double, each shortened at random so that many who failed together do not come back together.
// Decides only; waits for nothing and knows no clock. Not for several threads.

#include <chrono>
#include <cstdint>
#include <random>

namespace ingot::db {

class Backoff final {
 public:
  static constexpr std::chrono::milliseconds first{100};
  static constexpr std::chrono::milliseconds longest{5000};

  /// `seed`: of the shortening; the same seed gives the same pauses.
  explicit Backoff(std::uint32_t seed) : random_(seed) {}

  /// The pause after one more failure: from half of to the whole of 100, 200, 400 ... ms, and no more than 5 s.
  std::chrono::milliseconds next();
  /// What failed works: the next failure begins with the shortest pause.
  void reset() { whole_ = first; }

 private:
  std::minstd_rand random_;
  std::chrono::milliseconds whole_ = first;
};

}  // namespace ingot::db
