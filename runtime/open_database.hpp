// SPDX-License-Identifier: Apache-2.0
#pragma once
// The database that a configuration names.

#include <memory>

#include "base/result.hpp"
#include "config.hpp"
#include "db/connection.hpp"
#include "db/use_lock.hpp"

namespace ingot {

/// PostgreSQL: nothing is connected yet. SQLite: the file is created where it is absent, unless `look_only`: then an absent database is an empty one, in memory.
/// Errors: database.
Result<std::unique_ptr<db::Database>> open_database(const Config& config, bool look_only);

/// How PostgreSQL is reached. REQUIRES: config.use_postgres.
db::PostgresOptions postgres_options(const Config& config);

/// What servers and verbs that write hold while they do, and what keeps them out. Waits up to "connect_timeout". Errors: those of db::UseLock.
Result<db::UseLock> share_database(const Config& config);
Result<db::UseLock> lock_database(const Config& config);

}  // namespace ingot
