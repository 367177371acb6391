// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingot call` hands to a function.

#include <string>

#include "base/result.hpp"
#include "cli/commands.hpp"

namespace ingot::cli {

/// --input, or the content of --input-file. Errors: io.
Result<std::string> read_input(const CallOptions& options);

}  // namespace ingot::cli
