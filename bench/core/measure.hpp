// SPDX-License-Identifier: Apache-2.0
#pragma once
// Durations of single runs and what is said of them: least, median, 99th percentile and most. Means hide the pauses that users feel.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace ingot::bench {

using Clock = std::chrono::steady_clock;

/// One named quantity in microseconds, one value for each run.
class Samples final {
 public:
  explicit Samples(std::string name) : name_(std::move(name)) {}
  void add(Clock::duration duration, std::size_t operations = 1);

  const std::string& name() const { return name_; }
  std::size_t count() const { return microseconds_.size(); }
  double least() const { return at(0); }
  double median() const { return at(0.5); }
  double p99() const { return at(0.99); }
  double most() const { return at(1); }

 private:
  double at(double fraction) const;
  std::string name_;
  std::vector<double> microseconds_;
};

/// The table that goes to stdout.
void print_table(const std::string& title, const std::vector<Samples>& rows);

/// A benchmark has nobody to give an error to: says what failed and ends.
[[noreturn]] void fail(const std::string& what);
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) fail(result.error().message);
  return std::move(result).value();
}
inline void must(Result<void> result) {
  if (!result.ok()) fail(result.error().message);
}

}  // namespace ingot::bench
