// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a loaded module says of its routes, read and laid beside what it registers. Immutable; shared by generations while the module is unchanged.

#include <memory>
#include <string>

#include "host/eerp/module.hpp"
#include "openapi/declaration.hpp"

namespace ingot {

struct ApiDescription {
  openapi::Declaration declaration;  ///< empty where the module says nothing, or nothing that can be read
  openapi::Difference difference;    ///< of the declaration and the routes
  bool silent = false;               ///< the module says nothing
  std::string problem;               ///< why what it says cannot be read; empty when it can

  /// What an operator is told: one sentence naming at most a few routes, or nothing when all is in order.
  std::string complaint() const;
};

/// Never fails: a module with a wrong description serves all the same. Any thread.
std::shared_ptr<const ApiDescription> describe_api(const host::eerp::Module& module);

}  // namespace ingot
