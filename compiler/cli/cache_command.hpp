// SPDX-License-Identifier: Apache-2.0
#pragma once
// The build cache as the command line sees it: the store of a build.

#include <optional>
#include <string>

#include "cache/store.hpp"

namespace ingot::compiler::cli {

/// The store in `folder` (empty: the usual place), made when it is missing. Nothing when the cache is turned off by its limit, or of no use,
/// which is then said on stderr: no build fails for its cache.
std::optional<cache::Store> open_cache(const std::string& folder);

}  // namespace ingot::compiler::cli
