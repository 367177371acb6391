// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs in order. This is the only file that knows the sequence of stages.

#include <optional>

#include "products.hpp"

namespace ingot::compiler {

/// Builds one bundle in memory; writing it to its place is the caller's. Empty when the request was only to check.
/// Errors: whatever a stage refuses. Nothing is left behind in any case.
Result<std::optional<SignedBundle>> build(const Request& request);

}  // namespace ingot::compiler
