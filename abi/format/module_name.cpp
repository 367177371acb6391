// SPDX-License-Identifier: Apache-2.0
#include "format/module_name.hpp"

#include <algorithm>

#include "limits.hpp"

namespace ingot::format {

bool valid_module_name(std::string_view name) {
  if (name.empty() || name.size() > limits::module_name_bytes_max || name[0] < 'a' || name[0] > 'z') return false;
  if (name == "modules" || name == "plugins" || name == "auth" || name == "admin" || name == "ingot" || name == "public" || name == "information_schema" ||
      name.starts_with("pg_") || name.starts_with("ingot_") || name.starts_with("sqlite_")) {
    return false;
  }
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace ingot::format
