// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of the walls around child programs (confine.hpp) stand on this machine. Not asked but tried: a child goes behind them and runs against each.

#include <string>

namespace ingot::compiler::process {

struct WallReport {
  std::string failed_step;  ///< the step that could not be done, so that no build can start a tool here; empty: all could
  bool system_calls = false;       ///< a refused system call is refused
  int landlock_abi = 0;            ///< the kernel's; 0: none
  bool files = false;              ///< a file that a child was not given cannot be opened
  bool network_namespace = false;  ///< a child has a network of its own with nothing in it, beside the system call filter
};

/// Starts one child and waits for it.
WallReport try_walls();

}  // namespace ingot::compiler::process
