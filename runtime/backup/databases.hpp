// SPDX-License-Identifier: Apache-2.0
#pragma once
// A database into a backup and back. Both kinds keep the same promises: a backup is one moment, taken while others read and write; a restore is verified before anything is
// touched, and leaves the old data or the new ones, whatever ends it.

#include <functional>
#include <string>
#include <vector>

#include "backup/archive.hpp"
#include "backup/work.hpp"
#include "db/connection.hpp"

namespace ingot::backup {

struct Made {
  Header header;
  std::uint64_t bytes = 0;  ///< of the file
};

/// Hears what is in the way of a restore and may refuse it. Called when there is anything.
using Consent = std::function<Result<void>(const std::vector<db::TableRows>& lost)>;

/// `header` comes with time, maker and modules; the rest is filled in. REQUIRES: a db::UseLock, shared. Errors: not_found, database, io, interruption.
Result<Made> back_up_sqlite(const std::string& database_path, Header header, const std::string& file, const Watch& watch);
Result<Made> back_up_postgres(const db::PostgresOptions& options, Header header, const std::string& file, const Watch& watch);

/// REQUIRES: a db::UseLock, alone; reader.header().kind fits. Errors: verification, unavailable (in use), database, io, those of `consent`, interruption; nothing has changed then.
Result<void> restore_sqlite(const ArchiveReader& reader, const std::string& database_path, const Consent& consent, const Watch& watch);
Result<void> restore_postgres(const ArchiveReader& reader, const db::PostgresOptions& options, const Consent& consent, const Watch& watch);

/// Errors: verification, naming the first table whose rows are not as many as the header says.
Result<void> compare_tables(const std::vector<db::TableRows>& expected, const std::vector<db::TableRows>& found);

}  // namespace ingot::backup
