// SPDX-License-Identifier: Apache-2.0
#pragma once
// All rows of one module, installed or not: written out, or dropped for good. `ingot uninstall` and the server share this. Any thread.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config.hpp"
#include "db/connection.hpp"
#include "db/module_data.hpp"

namespace ingot {

/// Gives every row of the module to `sink` as db::ModuleData::write_rows does, all of one moment, on a connection of its own. Nothing is changed.
/// Errors: database, migration (the records do not fit the tables), what `sink` gives.
Result<void> export_rows(const Config& config, const std::string& name, db::Deadline deadline, const std::function<Result<void>(std::string_view)>& sink);

/// Drops the module's tables and forgets its versions, all of it or nothing; the rollback counter stays. No migration runs meanwhile. `nobody_uses_it` is asked
/// when none can begin any more; its error is given, and nothing is dropped. Errors: deadline, database (tables of others refer to the module's; no connection).
Result<db::Purged> purge_rows(const Config& config, const std::string& name, db::Deadline deadline, const std::function<Result<void>()>& nobody_uses_it);

}  // namespace ingot
