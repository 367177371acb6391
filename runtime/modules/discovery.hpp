// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finding modules on disk and deciding their order. Touches no bundle's content and no database.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "modules/description.hpp"

namespace ingot::modules {

/// A folder with a module.json, and what is wrong with it, if anything.
struct Found {
  Description description;   ///< only `name` is set (to the folder's name) when `problem` is not empty and module.json is unreadable
  std::string folder;        ///< absolute
  std::string bundle_path;   ///< the one *.ingot in the folder; empty when there is none
  std::string problem;       ///< why it cannot be loaded; empty when it can
};

/// Every module under the roots, sorted by name. A root that does not exist is an error (config); a bad module is not.
Result<std::vector<Found>> discover(const std::vector<std::string>& roots);

/// Loading order: modules of one level have no dependency on each other and load concurrently; level n+1 waits for level n.
struct Order {
  std::vector<std::vector<std::size_t>> levels;          ///< indices into the list
  std::vector<std::pair<std::size_t, std::string>> left_out;  ///< index and reason: inactive, problem, missing dependency, cycle by name
};
Order decide_order(const std::vector<Found>& found);

}  // namespace ingot::modules
