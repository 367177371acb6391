// SPDX-License-Identifier: Apache-2.0
#pragma once
// One operation of a migration text, from JSON to a typed value and back to its canonical JSON. Judges form only (names, types,
// defaults); whether an operation fits the tables that are there is Model::apply's part. Pure.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "db/migrate.hpp"
#include "db/model.hpp"

namespace ingot::db {

struct MigrationSet::Operations {
  std::vector<Operation> list;
};

/// Errors: migration, without naming version and index (the caller adds them). Unknown keys are ignored.
Result<Operation> parse_operation(const nlohmann::json& node);

/// The same of the operations on what is there already (indexes, renamed tables, altered columns, references, checks, rows); nothing
/// when `type` is none of them.
Result<std::optional<Operation>> parse_change(const std::string& type, const nlohmann::json& node);

/// Sorted keys, defaults filled in, types in their canonical spelling: two texts that mean the same give the same.
nlohmann::json canonical_json(const Operation& operation);

/// The way back. Errors: migration.
Result<Operation> parse_canonical(nlohmann::json node);

/// A column's default as a migration text has it; null without one.
nlohmann::json default_json(const ColumnSpec& column);

}  // namespace ingot::db
