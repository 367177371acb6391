// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the two halves of Model (model.cpp: tables and columns; model_alter.cpp: changes to what is there) have in common:
// refusals in the same words, and the names of indexes and constraints. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// An error of code migration.
Error refused_migration(const std::string& why);
/// 'name'
std::string in_quotes(std::string_view name);
/// "the table 't' has no column 'c'"
Error no_column(const TableSpec& table, std::string_view column);
/// "the column 'c' belongs to the host"
Error host_column(std::string_view column);

/// True for id, created_at, updated_at and deleted_at.
bool is_base_column(std::string_view name);
/// True when no two rows agree in these columns (in any order): `id` alone, or a unique index without a condition.
bool is_unique(const TableSpec& table, std::vector<std::string> columns);

/// Gives the index a name that no other index of the table has, unless it has one, and puts it into the table.
void put_index(TableSpec& table, IndexSpec index);
/// <kind>_<column>_0<hash>: at most 63 bytes; different `exact` texts give different names.
std::string constraint_name(std::string_view kind, std::string_view column, std::string_view exact);

}  // namespace ingot::db
