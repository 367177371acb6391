// SPDX-License-Identifier: Apache-2.0
#pragma once
// A quantile out of a histogram, reckoned as Prometheus' histogram_quantile() does it, so that both tell the same of the same counts. Pure.

#include <cstdint>
#include <optional>
#include <span>

namespace ingot::admin {

/// `bounds`: upper bounds of the classes, growing, the first class from 0; `counts`: how many lie in each class, with one more for what lies above the last bound.
/// Inside a class they are taken to lie evenly. Nothing when nothing was counted; the last bound when it lies above that.
/// REQUIRES: counts.size() == bounds.size() + 1, bounds not empty, `quantile` in 0..1.
std::optional<double> quantile_of(double quantile, std::span<const std::uint64_t> counts, std::span<const double> bounds);

}  // namespace ingot::admin
