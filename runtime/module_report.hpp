// SPDX-License-Identifier: Apache-2.0
#pragma once
// What /api/modules and `ingot modules --json` say of a module.

#include <nlohmann/json_fwd.hpp>

#include "application.hpp"

namespace ingot {

nlohmann::json report_module(const ModuleEntry& entry);

}  // namespace ingot
