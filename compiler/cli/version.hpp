// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingotc --version` says: this program's version, and what keeps the tools that it starts in their place on this machine.

#include <string>

namespace ingot::compiler::cli {

/// Without a line feed at the end. Tries the walls (process/probe.hpp).
std::string version_text(bool json);

}  // namespace ingot::compiler::cli
