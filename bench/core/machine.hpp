// SPDX-License-Identifier: Apache-2.0
#pragma once
// On what a figure was measured: without it no figure means anything.

#include <string>

namespace ingot::bench {

struct Machine {
  std::string cpu, kernel;
  unsigned cores = 0;
  double load = 0;  ///< one-minute load average before the run: other work on the machine spoils the tails
};

Machine this_machine();

/// Of this process, now: lines of /proc/self/maps; VmRSS and VmPTE.
double mapping_count();
double resident_kib();
/// As the latter, but a page that is mapped several times, here or elsewhere, is counted once altogether (Pss of /proc/self/smaps_rollup): what the machine has less of.
double proportional_kib();

}  // namespace ingot::bench
