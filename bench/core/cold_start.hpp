// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a bundle file to the first answered call, everything made anew and unmapped again each time. The file is in the page
// cache, the process is running: what remains is our work.

#include <string>
#include <vector>

#include "bundle/verify.hpp"
#include "core/measure.hpp"

namespace ingot::bench {

struct ColdStart {
  std::vector<Samples> total;    ///< the whole way
  std::vector<Samples> steps;    ///< its parts, in order
  std::vector<Samples> verify;   ///< what the verification consists of, each measured alone
  std::string answer;            ///< what the module said, for a look
};

/// `bundle` is the crm module; `rounds` is at least 1.
ColdStart measure_cold_start(const std::string& bundle, const bundle::TrustPolicy& trust, std::size_t rounds);

}  // namespace ingot::bench
