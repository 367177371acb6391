// SPDX-License-Identifier: Apache-2.0
#include "lower/whole_index.hpp"

#include <string_view>

namespace ingot::compiler::lower {

void check_whole_index(std::string& text) {
  constexpr std::string_view head = "static bool func_types_eq_slowpath(", narrow = "uint32_t index)", wide = "uint64_t index)";
  const std::size_t at = text.find(head);
  if (at == std::string::npos) return;
  const std::size_t parameter = text.find(narrow, at);
  if (parameter < text.find('{', at)) text.replace(parameter, narrow.size(), wide);
}

}  // namespace ingot::compiler::lower
