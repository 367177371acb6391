// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second layer on SQLite, behind vet.hpp: which functions a statement may reach while a guest's SQL is compiled or run.

#include <string_view>

namespace ingot::db {

/// True for the functions of abi/EERP.md and for those that the tables' own defaults and checks need (ddl_sqlite.cpp), which
/// SQLite compiles into a guest's INSERT.
bool sqlite_function_allowed(std::string_view name);

}  // namespace ingot::db
