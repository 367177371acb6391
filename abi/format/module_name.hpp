// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a business module may be called: the same rule for who makes a module and for who serves it.

#include <string_view>

namespace ingot::format {

/// [a-z][a-z0-9_]{0,62} and not reserved by a route of our own ("modules", "auth", "admin") or by a database: it becomes a path segment and a schema name.
bool valid_module_name(std::string_view name);

}  // namespace ingot::format
