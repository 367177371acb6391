// SPDX-License-Identifier: Apache-2.0
#pragma once
// A session in which scripts of PostgreSQL's own tools run, and rows are streamed into tables, all in one transaction: commit() keeps it, and whatever else ends the object
// undoes it, the process's death included. The host's own SQL goes through Connection; this is for restoring alone.
//
// Threads: one at a time. Blocks.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

class PostgresLoad final {
 public:
  /// Connects and begins the transaction. Errors: database.
  static Result<PostgresLoad> begin(const PostgresOptions& options);
  PostgresLoad(PostgresLoad&&) noexcept;
  ~PostgresLoad();

  /// Runs all statements of the text. Errors: database.
  Result<void> run(const std::string& script);
  /// Runs one statement, gives its rows. Errors: database.
  Result<std::vector<HostRow>> query(const std::string& sql);

  /// COPY ... FROM stdin: begin, any number of bytes in COPY's text form, end. Errors: database.
  Result<void> copy_begin(const std::string& statement);
  Result<void> copy_bytes(std::string_view bytes);
  Result<void> copy_end();

  Result<void> commit();

 private:
  struct Session;
  explicit PostgresLoad(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace ingot::db
