// SPDX-License-Identifier: Apache-2.0
#pragma once
// Judges a guest's statement before any database sees it: a positive list over the syntax tree that PostgreSQL's own parser
// gives (libpg-query). What the list does not name is refused. The same verdict serves both databases, because the SQL that
// abi/EERP.md documents is their common subset; each database's own bounds (search_path, authorizer) are the second layer.
//
// Every name is resolved here, tables and columns alike. That is what makes `t.f` safe, which PostgreSQL would otherwise read as
// the function call f(t); and it yields the logical type of each parameter, literal and result column, so that SQLite can
// store and show values as PostgreSQL does.
//
// The verdict also bounds what one step inside a database may cost, which no deadline interrupts: the sets that trim() and its kin
// look through and the texts that replace() searches for and puts in have at most 64 characters.
//
// Its own cost is bounded too, and that of the databases' planners, which put the expression of a subquery's column, and the text of
// a WITH query, wherever they are referred to: at most 20,000 nodes so counted, 200 deep; a list of columns has at most
// guest_columns_max. Needs up to 256 KiB of stack (tested at the bounds of sql_scan.hpp). May be called from several threads.

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "db/connection.hpp"
#include "db/schema.hpp"

namespace ingot::db {

/// A literal in the text whose place has a known type: `VALUES ('2026-01-31')` into a TIMESTAMPTZ column.
struct TypedLiteral {
  std::size_t offset = 0;  ///< byte offset of the token
  ColumnType type;
};

struct OutputColumn {
  std::string name;  ///< as PostgreSQL names it
  std::optional<ColumnType> type;
  std::size_t weight = 1;  ///< nodes that a reference to it stands for, once a database has put its expression in its place
};

struct VettedStatement {
  bool returns_rows = false;  ///< SELECT, or a RETURNING clause
  bool writes = false;
  bool reads_clock = false;   ///< the time is the transaction's: two statements of one see the same
  std::vector<std::optional<ColumnType>> param_types;  ///< of $1...; nothing where the place does not tell
  std::set<std::size_t> null_tested;                   ///< indexes of parameters in `$n IS NULL`, whose type PostgreSQL must be told
  std::set<std::size_t> short_params;                  ///< indexes of those that replace() searches for or puts in
  std::set<std::size_t> json_params;                   ///< indexes of those that become JSON or JSONB
  std::vector<std::size_t> growing;  ///< byte offsets of what makes texts longer: the operator `||`, the function name `replace`
  std::vector<TypedLiteral> literals;
  std::vector<OutputColumn> outputs;
  std::set<std::string, std::less<>> with_names;  ///< of the statement's WITH queries
  std::vector<Table> tables;                      ///< copies of what the verdict rests on

  /// A snapshot of its own does not do for it: it changes something, or speaks of the transaction that it is in.
  bool does_more_than_read() const { return writes || reads_clock; }
  /// True while the schema still says of those tables what it said at the time of the verdict.
  bool holds_for(const Schema& schema) const;
};

/// REQUIRES: authority.schema is set. Errors: NOT_ALLOWED, INVALID_SQL, INVALID_PARAMS (parameter numbers with gaps), LIMIT.
std::variant<VettedStatement, StatementError> vet(const Authority& authority, std::string_view sql);

/// INVALID_PARAMS when the count of parameters is not what the statement names; INVALID_SQL when rows are asked of one without;
/// LIMIT for a parameter of replace() that is longer than a literal may be there.
std::optional<StatementError> check_call(const VettedStatement& vetted, std::span<const Param> params, bool must_return_rows);

}  // namespace ingot::db
