// SPDX-License-Identifier: Apache-2.0
#pragma once
// "active" in a module's module.json, the one place where it is kept that a module is switched off.

#include <string>

#include "base/result.hpp"

namespace ingot {

/// Rewrites `folder`/module.json with this value, atomically, other keys and their order unchanged, and gives its text before. Errors: io, config (no JSON object).
Result<std::string> write_active(const std::string& folder, bool active);

/// Puts back a text that write_active() gave. Errors: io.
Result<void> write_module_json(const std::string& folder, const std::string& text);

}  // namespace ingot
