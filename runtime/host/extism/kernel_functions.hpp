// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel's functions as a plugin imports them. The guest calls them itself, on its own stack: they need little of it, return at once and call nobody.

#include <string_view>

#include "ingot/abi.h"

namespace ingot::host::extism {

/// The function of that name, whose context is a Kernel; null when the kernel has none of that name. Its type is that of abi/extism_functions.hpp.
ingot_host_function kernel_function(std::string_view name);

}  // namespace ingot::host::extism
