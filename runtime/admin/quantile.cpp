// SPDX-License-Identifier: Apache-2.0
#include "admin/quantile.hpp"

#include <numeric>

#include "base/check.hpp"

namespace ingot::admin {

std::optional<double> quantile_of(double quantile, std::span<const std::uint64_t> counts, std::span<const double> bounds) {
  INGOT_CHECK(!bounds.empty() && counts.size() == bounds.size() + 1 && quantile >= 0 && quantile <= 1);
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return std::nullopt;
  const double rank = quantile * static_cast<double>(total);
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (below + here >= rank && here > 0) {
      const double from = i == 0 ? 0 : bounds[i - 1];
      return from + (bounds[i] - from) * (rank - below) / here;
    }
    below += here;
  }
  return bounds.back();
}

}  // namespace ingot::admin
