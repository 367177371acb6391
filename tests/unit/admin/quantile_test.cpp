// SPDX-License-Identifier: Apache-2.0
#include "admin/quantile.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ingot::admin {
namespace {

using Counts = std::array<std::uint64_t, 4>;

// The histogram, and the results, of "testhistogram" in Prometheus' own tests of histogram_quantile(): 5 up to 0.1, 7 up to 0.2, 11 up to 1, 12 in all.
TEST(Quantile, Is_what_Prometheus_says) {
  constexpr std::array<double, 3> bounds{0.1, 0.2, 1};
  constexpr Counts counts{5, 2, 4, 1};
  EXPECT_DOUBLE_EQ(*quantile_of(0, counts, bounds), 0);
  EXPECT_DOUBLE_EQ(*quantile_of(0.2, counts, bounds), 0.048);
  EXPECT_DOUBLE_EQ(*quantile_of(0.5, counts, bounds), 0.15);
  EXPECT_DOUBLE_EQ(*quantile_of(0.8, counts, bounds), 0.72);
  EXPECT_DOUBLE_EQ(*quantile_of(1, counts, bounds), 1);
}

TEST(Quantile, Of_nothing_is_nothing) {
  constexpr std::array<double, 3> bounds{0.1, 0.2, 1};
  EXPECT_FALSE(quantile_of(0.5, Counts{}, bounds).has_value());
}

TEST(Quantile, Above_the_last_bound_is_the_last_bound) {
  constexpr std::array<double, 3> bounds{0.1, 0.2, 1};
  EXPECT_DOUBLE_EQ(*quantile_of(0.5, Counts{0, 0, 0, 9}, bounds), 1);
}

TEST(Quantile, Skips_classes_that_are_empty) {
  constexpr std::array<double, 3> bounds{0.1, 0.2, 1};
  EXPECT_DOUBLE_EQ(*quantile_of(0.5, Counts{0, 0, 4, 0}, bounds), 0.6);
  // One of a hundred lies in the last class: the 99th still lies at the end of the first.
  EXPECT_DOUBLE_EQ(*quantile_of(0.99, Counts{99, 0, 1, 0}, bounds), 0.1);
}

}  // namespace
}  // namespace ingot::admin
