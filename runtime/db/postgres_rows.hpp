// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's statement that a PostgreSQL server was given, and what has come of it so far. Private to the PostgreSQL connection; knows its results, not its session.

#include <libpq-fe.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "db/connection.hpp"
#include "db/vet.hpp"

namespace ingot::db {

/// Why a statement did not give what was asked for.
struct PostgresFailure {
  std::string sqlstate;  ///< empty when the server said nothing: see `late`
  std::string message;
  bool late = false;
};

/// A message of libpq's without the line ends that it puts behind it. Null: nothing.
std::string trimmed_message(const char* message);

/// What a result that is no success says.
PostgresFailure failure_of(const PGresult* result);

/// Did the statement succeed that this is a result of, or a row of?
bool is_success(const PGresult* result);

/// Builds the JSON of rows as they come in.
class RowWriter {
 public:
  /// `vetted` outlives it.
  RowWriter(const VettedStatement& vetted, std::size_t bytes_max) : vetted_(vetted), bytes_max_(bytes_max) {}

  /// False when the result has grown too large.
  bool add(const PGresult* result);
  /// The array of all rows. Once.
  std::string take() { return std::move(json_) + "]"; }

 private:
  void add_value(const PGresult* result, int row, int column);

  const VettedStatement& vetted_;
  std::size_t bytes_max_;
  std::vector<std::string> keys_;
  std::string json_ = "[";
};

/// One statement on its way.
class RunningStatement {
 public:
  /// `key` is what the cache of statements knows it by; `vetted` outlives this.
  RunningStatement(std::string key, const VettedStatement& vetted, const StatementLimits& limits, Deadline deadline)
      : key_(std::move(key)), writes_(vetted.writes), deadline_(deadline), writer_(vetted, limits.result_bytes_max) {}

  /// A result that came. False: it is too large, and the rest is not wanted.
  bool take(const PGresult* result);
  /// The first failure counts.
  void fail(PostgresFailure failure) {
    if (!failure_) failure_ = std::move(failure);
  }
  /// All has come.
  void complete() { complete_ = true; }

  const std::string& key() const { return key_; }
  Deadline deadline() const { return deadline_; }
  bool is_complete() const { return complete_; }
  bool too_large() const { return too_large_; }
  const std::optional<PostgresFailure>& failure() const { return failure_; }
  /// REQUIRES: it did not fail. Once.
  GuestRows rows() {
    rows_.rows_json = writer_.take();
    return std::move(rows_);
  }

 private:
  std::string key_;
  bool writes_;
  Deadline deadline_;
  RowWriter writer_;
  GuestRows rows_;
  std::optional<PostgresFailure> failure_;
  bool complete_ = false, too_large_ = false;
};

}  // namespace ingot::db
