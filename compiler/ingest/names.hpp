// SPDX-License-Identifier: Apache-2.0
#pragma once
// Function names from the custom section `name`. A convenience for people: whatever is wrong with it, the module stays acceptable and
// the names that could be read are used.

#include <string>
#include <vector>

#include "ingest/cursor.hpp"

namespace ingot::compiler::ingest {

/// Reads what stands behind the section's own name. By function index; empty strings where there is no (usable) name.
std::vector<std::string> read_function_names(Cursor section);

}  // namespace ingot::compiler::ingest
