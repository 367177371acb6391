// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables as a database's own catalog describes them: one text for each thing that a migration can make, in the database's spelling. Only
// good for comparing two descriptions from the same database program.

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"
#include "db/migrate.hpp"

namespace ingot::db {

/// Table, column (may be empty) and what of it ("column", "index x", "constraint y") -> its definition.
using Catalog = std::map<std::tuple<std::string, std::string, std::string>, std::string>;

/// The named tables, as far as they are there. Errors: database.
Result<Catalog> sqlite_catalog(Connection& connection, const std::set<std::string>& tables);
/// Everything in the schema. REQUIRES: an open transaction, whose search_path it changes. Errors: database.
Result<Catalog> postgres_catalog(Connection& connection, const std::string& schema);

/// What `is` has and `should` has not, and the other way round.
std::vector<CatalogDifference> differences(const Catalog& is, const Catalog& should);

}  // namespace ingot::db
