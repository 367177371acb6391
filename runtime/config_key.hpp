// SPDX-License-Identifier: Apache-2.0
#pragma once
// How everything that reads the configuration says which key is wrong.

#include <string>

#include "base/result.hpp"

namespace ingot {

/// `key`: as its path in the file ("ingot.limits.memory_mib").
inline Error wrong_key(const std::string& key, const std::string& what) { return Error{ErrorCode::config, "configuration key \"" + key + "\": " + what}; }

}  // namespace ingot
