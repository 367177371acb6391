// SPDX-License-Identifier: Apache-2.0
#include "db/reserved_words.hpp"

#include <algorithm>
#include <array>

namespace ingot::db {
namespace {

// PostgreSQL: pg_get_keywords() of kind reserved, or reserved except as a function or type. SQLite: every keyword that its
// parser does not take as a column name. Then the hidden columns of both, and the pseudo-table of ON CONFLICT. Sorted.
constexpr std::string_view words[] = {
    "_rowid_", "add", "all", "alter", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "autoincrement", "between", "binary", "both", "case", "cast", "check", "cmax", "cmin",
    "collate", "collation", "column", "commit", "concurrently", "constraint", "create", "cross", "ctid",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "delete", "desc", "distinct", "do", "drop", "else", "end", "escape",
    "except", "excluded", "exists", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group",
    "having", "if", "ilike", "in", "index", "initially", "inner", "insert", "intersect", "into", "is", "isnull",
    "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not",
    "nothing", "notnull", "null", "offset", "oid", "on", "only", "or", "order", "outer", "overlaps", "placing",
    "primary", "raise", "references", "returning", "right", "rowid", "select", "session_user", "set", "similar",
    "some", "symmetric", "table", "tableoid", "tablesample", "then", "to", "trailing", "transaction", "true",
    "union", "unique", "update", "user", "using", "values", "variadic", "verbose", "when", "where", "window",
    "with", "xmax", "xmin",
};
static_assert(std::ranges::is_sorted(words));

}  // namespace

bool is_reserved_word(std::string_view word) { return std::ranges::binary_search(words, word); }

}  // namespace ingot::db
