// SPDX-License-Identifier: Apache-2.0
#pragma once
// The "where" of a request: from lists of comparisons to SQL. abi/DATA.md, Conditions. Pure.

#include <string>

#include "base/result.hpp"
#include "data/slices.hpp"
#include "data/statement.hpp"

namespace ingot::data {

constexpr std::size_t comparisons_max = 100;  ///< of one request
constexpr std::size_t listed_values_max = 1000;
constexpr std::size_t condition_depth_max = 8;

/// The SQL that is true for the rows that `where` means, in parentheses; its values go to `statement`. `alias` stands before each column. Errors: invalid_argument.
Result<std::string> condition_sql(Slice where, const db::Table& table, const std::string& alias, Statement& statement);

}  // namespace ingot::data
