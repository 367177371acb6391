// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014). A mutant is decided by the run's seed and its own index, so any number of workers makes the same mutants.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ingot::mutate {

class Random final {
 public:
  Random(std::uint64_t seed, std::uint64_t index) : state_(seed * 0x9e3779b97f4a7c15u + index) { next(); }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Below `bound`, which is not 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace ingot::mutate
