// SPDX-License-Identifier: Apache-2.0
#pragma once
// The database that a configuration names.

#include <memory>

#include "base/result.hpp"
#include "config.hpp"
#include "db/connection.hpp"

namespace ingot {

/// PostgreSQL: nothing is connected yet. SQLite: the file is created where it is absent, unless `look_only`: then an absent database is an empty one, in memory.
/// Errors: database.
Result<std::unique_ptr<db::Database>> open_database(const Config& config, bool look_only);

}  // namespace ingot
