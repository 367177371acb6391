// SPDX-License-Identifier: Apache-2.0
#pragma once
// One statement of a migration, as ddl.hpp makes it, a plan shows it and a migration runs it. Values.

#include <string>
#include <vector>

#include "db/connection.hpp"

namespace ingot::db {

struct DdlStatement {
  std::string sql;
  std::vector<Param> params;      ///< $1...: seed data
  bool finds_violations = false;  ///< it changes nothing: each row that it gives is something that must not be
  std::string advice;             ///< what to do when it fails; may be empty
};

}  // namespace ingot::db
