// SPDX-License-Identifier: Apache-2.0
#pragma once
// SQLite's files as files: a copy of one moment while others write, and a file that stands alone. Knows nothing of what is inside.

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace ingot::db {

/// Copies the database `from` as it is at one moment into the new file `to`; readers and writers go on. `step` hears how many bytes of how many are there and says whether to
/// go on. Not on disk yet when it returns. Errors: interrupted by `step` (unavailable), database, io (no room).
Result<void> copy_sqlite(const std::string& from, const std::string& to, const std::function<bool(std::uint64_t done_bytes, std::uint64_t total_bytes)>& step);

/// What keeps the file from standing alone: `in_use` by another connection, or `damaged`.
enum class Settled { alone, in_use, damaged };

/// Moves what stands in the write-ahead log into the file and ends the log, so that the file is the whole database. No data are changed. Errors: io, database.
Result<Settled> settle_sqlite(const std::string& path);

}  // namespace ingot::db
