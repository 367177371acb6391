// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a plugin is made of, read, verified and mapped.

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "plugin/objects.hpp"

namespace ingot::plugin {

/// `source` is a bundle, or a manifest in JSON or TOML. Errors: config (neither of them), verification, contract, io, limit.
Result<std::shared_ptr<const Compiled>> compile(ingot_engine* engine, std::string_view source, std::vector<host::extism::HostFunction> functions, bool wasi);

}  // namespace ingot::plugin
