// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cost of the border itself: into a guest, out to the host, and back to a clean instance.

#include <string>
#include <vector>

#include "bundle/verify.hpp"
#include "core/measure.hpp"

namespace ingot::bench {

/// `bundle` is bench/core/empty.wat, cast.
std::vector<Samples> measure_calls(const std::string& bundle, const bundle::TrustPolicy& trust, std::size_t rounds);

}  // namespace ingot::bench
