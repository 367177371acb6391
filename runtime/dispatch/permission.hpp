// SPDX-License-Identifier: Apache-2.0
#pragma once
// Permissions: `module:resource:action`, each part a name or `*`. Pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace ingot::dispatch {

/// True for three non-empty parts of [a-z0-9_-]+ or `*`, 1 to 200 bytes in all.
bool valid_permission(std::string_view permission);

/// True when one of `granted` covers `wanted`: part by part equal, or `*` on the granted side. Nothing granted covers nothing.
bool permits(const std::vector<std::string>& granted, std::string_view wanted);

}  // namespace ingot::dispatch
