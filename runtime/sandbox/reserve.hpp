// SPDX-License-Identifier: Apache-2.0
#pragma once
// Address space that nothing can touch yet.

#include <cstdint>

#include "base/result.hpp"

namespace ingot::sandbox {

/// Inaccessible, private, and no part of core dumps. `what` ends "cannot reserve address space for a guest's". The caller unmaps it. Errors: limit.
Result<std::uint8_t*> reserve(std::uint64_t bytes, const char* what);

/// Is nothing mapped from `address`, a page's, on? Whoever maps something there may still come too late.
bool is_free(std::uintptr_t address, std::uint64_t bytes);

}  // namespace ingot::sandbox
