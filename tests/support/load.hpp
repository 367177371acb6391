// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module given as hex sections, cast (cast.hpp) and mapped, without a key.

#include <memory>
#include <utility>

#include "load/module.hpp"
#include "support/cast.hpp"

namespace ingot::test {

inline std::shared_ptr<const load::LoadedModule> load_cast(const char* sections) {
  bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  return load::load(bundle::verify(cast(sections), "test", trust).value()).value();
}

}  // namespace ingot::test
