// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plugin's module that is a program (it exports `_start`) and is imported from: each call into it finds it as it was made, and nothing of it stays.

#include <memory>

#include "host/extism/plugin_host.hpp"
#include "host/wasi/world.hpp"
#include "instance/instance.hpp"

namespace ingot::host::extism {

/// One function of such a module, for those who import it. All that is referred to outlives the calls.
struct ProgramExport {
  PluginHost& host;
  instance::Instance& guest;                    ///< in a store of its own, its start not kept; empty between calls
  int export_index;                             ///< a function
  const std::unique_ptr<wasi::World>& world;    ///< the plugin's at the time of the call; may be null
};

/// What calls it; the context is a ProgramExport. Starts the instance, calls the function, and empties the instance. A trap, an exit and a deadline are the caller's, too.
ingot_host_function program_function();

}  // namespace ingot::host::extism
