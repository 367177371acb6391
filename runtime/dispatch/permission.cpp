// SPDX-License-Identifier: Apache-2.0
#include "dispatch/permission.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ingot::dispatch {
namespace {

using Parts = std::array<std::string_view, 3>;

std::optional<Parts> split(std::string_view permission) {
  Parts parts;
  for (std::size_t index = 0; index < 3; ++index) {
    const std::size_t colon = permission.find(':');
    if ((colon == std::string_view::npos) != (index == 2)) return std::nullopt;
    parts[index] = permission.substr(0, colon);
    if (colon != std::string_view::npos) permission.remove_prefix(colon + 1);
  }
  return parts;
}

bool valid_part(std::string_view part) {
  if (part == "*") return true;
  return !part.empty() && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

bool valid_permission(std::string_view permission) {
  if (permission.size() > 200) return false;
  const auto parts = split(permission);
  return parts && std::ranges::all_of(*parts, valid_part);
}

bool permits(const std::vector<std::string>& granted, std::string_view wanted) {
  const auto want = split(wanted);
  if (!want || !valid_permission(wanted)) return false;
  return std::ranges::any_of(granted, [&](const std::string& grant) {
    if (!valid_permission(grant)) return false;
    const auto have = split(grant);
    for (std::size_t index = 0; index < 3; ++index) {
      if ((*have)[index] != "*" && (*have)[index] != (*want)[index]) return false;
    }
    return true;
  });
}

}  // namespace ingot::dispatch
