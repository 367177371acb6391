// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the state of a migration's version is called, wherever a program may read it.

#include "db/migrate.hpp"

namespace ingot::db {

/// "applied", "pending", "changed" or "orphaned". Lives as long as the process.
inline const char* version_state_name(VersionState state) {
  switch (state) {
    case VersionState::applied: return "applied";
    case VersionState::pending: return "pending";
    case VersionState::changed: return "changed";
    case VersionState::orphaned: return "orphaned";
  }
  return "?";
}

}  // namespace ingot::db
