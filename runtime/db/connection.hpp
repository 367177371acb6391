// SPDX-License-Identifier: Apache-2.0
#pragma once
// One database behind one interface: SQLite (embedded) or PostgreSQL. Knows no WebAssembly and no HTTP.
// A Database may be used from several threads; a Connection belongs to one thread at a time.
//
// Two kinds of SQL exist and never mix: the host's own (SqlText: made by our code alone, identifiers quoted by
// quote_identifier) and a guest's (GuestSql: untrusted, runs under an Authority that names the only tables it may touch).

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "db/schema.hpp"

namespace ingot::db {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// A statement parameter. JSON arrays and objects arrive as kind json with their text.
struct Param {
  enum class Kind { null, boolean, integer, real, text, json };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
};

/// Parses a guest's parameter text (a JSON array; empty means none). Errors: invalid_argument.
/// An integer outside int64 becomes kind text with its digits, so that no digit is lost.
Result<std::vector<Param>> parse_params(std::string_view json_array);

/// SQL made by the host itself. Never build one from guest text other than through quote_identifier/quote_literal.
struct SqlText {
  std::string text;
};

/// SQL text from a guest. Never executed without an Authority.
struct GuestSql {
  std::string_view text;
};

/// What a guest may touch: the module's name (its schema on PostgreSQL) and its own tables with their columns.
struct Authority {
  std::string module;
  const Schema* schema = nullptr;  ///< Not owned; outlives every statement run under it.
};

/// A row of the host's own queries: every value as text, or nothing for NULL.
using HostRow = std::vector<std::optional<std::string>>;

/// What a guest's statement gave: `rows_json` is a JSON array text of row objects.
struct GuestRows {
  std::string rows_json = "[]";
  std::int64_t rows_affected = 0;
  bool writes = false;  ///< the statement was one that may change rows
};

/// Why a guest's statement failed: an upper-snake code of abi/EERP.md and a message that names no secret.
struct StatementError {
  std::string code;
  std::string message;
};

/// Bounds on one guest statement.
struct StatementLimits {
  Deadline deadline = Deadline::max();
  std::size_t result_bytes_max = std::size_t{8} << 20;
};

class Connection {
 public:
  virtual ~Connection() = default;

  /// Transaction control. begin_write() takes the write lock at once (SQLite: BEGIN IMMEDIATE). commit() returns only when the
  /// data is durable. rollback() never fails visibly: a broken connection is marked broken() instead.
  virtual Result<void> begin(Deadline deadline) = 0;
  virtual Result<void> begin_write(Deadline deadline) = 0;
  /// begin_write() of a transaction that makes tables anew (ddl.hpp). On SQLite foreign keys are not enforced until it has ended, so
  /// whoever begins it looks through them before the commit. PostgreSQL knows no difference.
  virtual Result<void> begin_rebuild(Deadline deadline) = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;

  /// A part of the transaction that can be undone alone (added by the lead for calls between modules). Parts nest; each function acts on the
  /// innermost. savepoint() begins one, or fails and begins none. The other two always end the part, whatever they return, so that who
  /// counts parts counts one less:
  ///  - rollback_to_savepoint() undoes it, and also clears a failure that happened inside it: statements may go on. When that fails, the
  ///    parts around it and the transaction have failed.
  ///  - release_savepoint() keeps it. A part in which a statement failed, or that cannot be kept, is undone as by
  ///    rollback_to_savepoint(), and the error says so.
  /// Without a part (there is none, or the transaction has ended) they change nothing. REQUIRES: an open transaction. Errors: database.
  virtual Result<void> savepoint() = 0;
  virtual Result<void> release_savepoint() = 0;
  virtual Result<void> rollback_to_savepoint() = 0;

  /// Runs one host statement with parameters. Errors: database (with the server's message), deadline, unavailable (PostgreSQL's
  /// lock_timeout, where the host has set one).
  virtual Result<std::vector<HostRow>> run(const SqlText& sql, std::span<const Param> params = {}) = 0;

  /// Runs one guest statement under an authority. `must_return_rows` is true for `query` (a statement that returns no rows is INVALID_SQL there).
  /// The deadline interrupts a running statement on both databases (SQLite: progress handler; PostgreSQL: cancel request).
  virtual std::variant<GuestRows, StatementError> run_guest(const Authority& authority, GuestSql sql,
                                                             std::span<const Param> params, const StatementLimits& limits,
                                                             bool must_return_rows) = 0;

  enum class Progress : std::uint8_t {
    waits,   ///< for the server: until socket() can be read from
    over,    ///< finish_guest() returns at once
    blocks,  ///< finish_guest() may wait for the server, at most until the deadline and what a cancel takes
  };
  /// For who has other things to do while the server works. Begins a guest's statement as run_guest() would, without waiting for anything. Nothing: this connection cannot do
  /// that with this statement now, and nothing has happened: run_guest() it is. Otherwise advance_guest() follows whenever socket() can be read from, while the answer is
  /// `waits`; then, or earlier when there is no patience left, finish_guest(). In between nothing else is asked of the connection.
  virtual std::optional<Progress> start_guest(const Authority& /*authority*/, GuestSql /*sql*/, std::span<const Param> /*params*/, const StatementLimits& /*limits*/,
                                              bool /*must_return_rows*/) {
    return std::nullopt;
  }
  /// Takes what has come, without waiting. REQUIRES: a statement was started.
  virtual Progress advance_guest() { return Progress::blocks; }
  /// What run_guest() would have returned. May wait, unless the last answer was `over`. REQUIRES: a statement was started. Ends it.
  virtual std::variant<GuestRows, StatementError> finish_guest() { return StatementError{"INTERNAL_ERROR", "no statement was started"}; }
  /// -1 where nothing is ever started.
  virtual int socket() const { return -1; }

  /// True while the open transaction has changed nothing, holds nothing and promises nothing: ending it costs no wait, and should the connection be lost, all of it may be done
  /// again on another. A database whose transactions begin with the first word says false.
  virtual bool untouched() const { return false; }

  /// True when the connection must not be reused (the server is gone, or a rollback failed).
  virtual bool broken() const = 0;

  /// False when an idle connection was closed by its server meanwhile, as far as this side can tell without asking. Costs no round trip.
  /// REQUIRES: no open transaction.
  virtual bool alive() = 0;
};

enum class Kind { sqlite, postgresql };

class Database {
 public:
  virtual ~Database() = default;
  virtual Kind kind() const = 0;

  /// Opens a new connection. Errors: database, or unavailable where nobody answered in time; with hosts and ports but never the password.
  virtual Result<std::unique_ptr<Connection>> connect(Deadline deadline) = 0;

  /// SQL text, in this database's dialect, for host use.
  virtual std::string quote_identifier(std::string_view name) const = 0;
  /// A module's table as the host must name it: "crm"."contact" on PostgreSQL, "contact" on SQLite.
  virtual std::string table_name(std::string_view module, std::string_view table) const = 0;
};

struct SqliteOptions {
  std::string path;  ///< The file; created when absent, in a folder that exists.
};
/// One file, WAL, synchronous=FULL (an acknowledged commit survives a crash and a power cut), foreign keys on.
Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options);

struct PostgresOptions {
  /// Several hosts and ports are separated by commas (postgres_hosts.hpp): the first that answers and takes writes is connected to, beginning with the one of last time.
  std::string host, port = "5432", name, user, password;
  int connect_timeout_s = 10;  ///< for each host
};
/// Does not connect yet; libpq only. Errors: config (hosts and ports that do not fit).
Result<std::unique_ptr<Database>> open_postgres(const PostgresOptions& options);

}  // namespace ingot::db
