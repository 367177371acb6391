// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one bounds check, stated positively, in a form that cannot overflow.

#include <cstdint>

namespace ingot {

/// True when [offset, offset+length) lies inside [0, size). An empty range may begin at size itself.
constexpr bool contains(std::uint64_t size, std::uint64_t offset, std::uint64_t length) {
  return length <= size && offset <= size - length;
}

}  // namespace ingot
