// SPDX-License-Identifier: Apache-2.0
#include "core/measure.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace ingot::bench {

void Samples::add(Clock::duration duration, std::size_t operations) {
  microseconds_.push_back(std::chrono::duration<double, std::micro>(duration).count() / static_cast<double>(operations));
}

double Samples::at(double fraction) const {
  if (microseconds_.empty()) return 0;
  std::vector<double> sorted = microseconds_;
  const auto last = static_cast<double>(sorted.size() - 1);
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(fraction * last + 0.5);
  std::nth_element(sorted.begin(), place, sorted.end());
  return *place;
}

void print_table(const std::string& title, const std::vector<Samples>& rows) {
  std::printf("\n%-52s %10s %10s %10s\n", title.c_str(), "min us", "median us", "p99 us");
  for (const Samples& row : rows) {
    const int digits = row.median() < 10 ? 3 : 1;
    std::printf("  %-50s %10.*f %10.*f %10.*f\n", row.name().c_str(), digits, row.least(), digits, row.median(), digits, row.p99());
  }
}

void fail(const std::string& what) {
  std::fprintf(stderr, "bench_core: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace ingot::bench
