// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run found, for a person and as JSON.

#include <span>
#include <string>
#include <vector>

#include "trial.hpp"

namespace ingot::mutate {

struct Run {
  std::uint64_t seed = 0;
  std::size_t seed_modules = 0;
  double seconds = 0;
  std::vector<std::string> changes;  ///< of each mutant, with the seed module's name
};

/// Prints the report, writes `json_path` (unless empty) and says whether the run passed: nothing crashed, hung, left files or ended with a code
/// that no module may cause, and at least `valid_share_min` percent of the mutants passed validation.
bool report(const Run& run, std::span<const Outcome> outcomes, unsigned valid_share_min, const std::string& json_path);

bool is_bad(const Outcome& outcome);
/// A module that is valid and that a program of ours or of others could not carry: somebody should look at it.
bool is_remarkable(const Outcome& outcome);

}  // namespace ingot::mutate
