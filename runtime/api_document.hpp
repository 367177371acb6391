// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /api/openapi.json: one document of everything that a generation serves, written when it is first asked for. Whoever may ask for /api/modules, which is everybody, may ask
// for this: it names the same routes and says what they look like, and what they do is guarded by their permissions.

#include <mutex>
#include <string>

#include "application.hpp"

namespace ingot {

class ApiDocument final {
 public:
  /// The same text at each call. REQUIRES: always the same application. Any thread; the first call takes some milliseconds.
  const std::string& of(const Application& application) const;

 private:
  mutable std::once_flag written_;
  mutable std::string text_;
};

}  // namespace ingot
