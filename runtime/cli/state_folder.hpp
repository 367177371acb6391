// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingot call --state DIR`: what a caller without a database remembers from call to call, in DIR/rollback.json. Calls of several processes
// wait for each other; the file is replaced whole, so that a crash leaves the old one or the new one.

#include <string>

#include "base/result.hpp"
#include "bundle/rollback.hpp"

namespace ingot::cli {

/// Holds the folder's lock from open() until it is destroyed.
class StateFolder final {
 public:
  /// Makes the folder when it is absent, waits for its lock, reads the file when there is one. Errors: io, config (not our file).
  static Result<StateFolder> open(const std::string& folder);
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  const bundle::SeenVersions& seen() const { return seen_; }
  /// Keeps this module's counter: the higher one, or this one whatever was kept when `even_lower`. On disk when it returns. Errors: io.
  Result<void> keep(const std::string& module, const bundle::SeenVersion& version, bool even_lower);

 private:
  StateFolder(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  std::string folder_;
  int lock_ = -1;
  bundle::SeenVersions seen_;
};

}  // namespace ingot::cli
