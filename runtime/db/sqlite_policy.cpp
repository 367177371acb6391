// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_policy.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "db/sql_rewrite.hpp"

namespace ingot::db {
namespace {

constexpr std::array<std::string_view, 22> guest_functions{
    "count", "sum",   "avg",    "min",     "max", "coalesce", "nullif",     "lower", "upper",      "length", "trim",
    "ltrim", "rtrim", "substr", "replace", "abs", "round",    "row_number", "rank",  "dense_rank", "lag",    "lead"};
// current_date and like are operators to the guest, functions to SQLite.
constexpr std::array<std::string_view, 10> inner_functions{"like", "current_date", "glob", "json_valid", "date",
                                                           "time", "strftime",     "hex",  "randomblob", "random"};

}  // namespace

bool sqlite_function_allowed(std::string_view name) {
  std::string lower;
  for (char c : name) lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  return lower == sqlite_now_function || std::ranges::find(guest_functions, lower) != guest_functions.end() ||
         std::ranges::find(inner_functions, lower) != inner_functions.end();
}

}  // namespace ingot::db
