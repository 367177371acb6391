// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a bundle to a guest that can be called, or to the step of the runtime that says no.

#include <memory>
#include <string>

#include "bundle/verify.hpp"
#include "instance/instance.hpp"

namespace ingot::hostile {

constexpr std::uint64_t memory_quota = 16ull * 1024 * 1024;

struct Opened {
  std::unique_ptr<instance::Instance> guest;  ///< null when there is none to call
  std::string outcome;                        ///< then: "STEP: reason", or "loads" for a module of a contract
};

/// The module whose host is a contract's is loaded as the server loads it, which runs its start and its init().
Opened open(const std::string& path, const bundle::TrustPolicy& trust);

/// What host.again calls.
void set_again(instance::CallTarget target);

}  // namespace ingot::hostile
