// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed migrations: parse a module's text, plan what is missing, apply it, tell its state.
//
// Invariants: a version and its history row are one transaction; one runner at a time per database; a version whose checksum differs
// from the recorded one is refused; an unknown operation is refused; SQL is made and quoted by us alone; a table belongs to one module.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"
#include "db/ddl_statement.hpp"
#include "db/schema.hpp"

namespace ingot::db {

/// One parsed version. `operations` are kept as canonical JSON text (sorted keys, defaults filled in), which the checksum covers.
struct MigrationVersion {
  std::string entity;
  int version = 0;
  std::string canonical;      ///< canonical JSON of the operation list
  std::string checksum;       ///< SHA-256 of `canonical`, hex
};

/// A module's whole migration text, parsed and checked. Opaque operations live in the .cpp.
class MigrationSet {
 public:
  /// Parses the text that a module's migrate() gave. Errors: migration, naming version and operation index.
  static Result<MigrationSet> parse(std::string_view module, std::string_view json_text);
  /// A module without migrations.
  static MigrationSet empty(std::string_view module);

  const std::string& module() const { return module_; }
  const std::vector<MigrationVersion>& versions() const { return versions_; }
  /// The tables after all versions: what the module's statements may touch.
  const Schema& schema() const { return schema_; }

  struct Operations;  // defined in migrate_ops.hpp

 private:
  friend class Migrator;
  std::string module_;
  std::vector<MigrationVersion> versions_;
  Schema schema_;
  std::shared_ptr<const std::vector<Operations>> operations_;  // one entry per version
};

struct PlannedVersion {
  std::string module;
  int version = 0;
  std::vector<DdlStatement> statements;  ///< exactly what would run, in order
  bool rebuilds = false;          ///< makes a table anew: runs with SQLite's foreign keys off, and looks through them itself
  bool destructive = false;       ///< drops a table or a column
};

enum class VersionState { applied, pending, changed /* checksum differs */, orphaned /* in the history, not in the module */ };

struct VersionStatus {
  std::string module;
  int version = 0;
  VersionState state = VersionState::pending;
  std::string applied_at;         ///< empty when not applied
  std::string checksum;
};

/// One place where the database is not what the applied migrations say.
struct CatalogDifference {
  std::string table;
  std::string column;  ///< empty when it is about the whole table
  std::string what;    ///< a phrase: what it is, and what it should be
};

/// What repair() did to the record of a version.
struct Repair {
  bool changed = false;  ///< false: the record was right already
  std::string old_checksum;
  std::string new_checksum;
};

/// PostgreSQL's timeouts of a migration's statements; 0: none but the caller's deadline. SQLite has no locks to wait for but the writer's.
struct MigrationTimeouts {
  int lock_ms = 0;       ///< ingot.migrations.lock_timeout_ms
  int statement_ms = 0;  ///< ingot.migrations.statement_timeout_ms
};

class Migrator {
 public:
  explicit Migrator(Database& database, MigrationTimeouts timeouts = {}) : database_(database), timeouts_(timeouts) {}

  /// Creates the host's own tables when absent. Safe when many processes do it at once.
  Result<void> prepare(Connection& connection);
  /// What apply() would do. Changes nothing.
  Result<std::vector<PlannedVersion>> plan(Connection& connection, const MigrationSet& set);
  /// Applies every pending version, each in one transaction, under the database's migration lock (waits up to the deadline).
  /// Returns how many versions were applied. On failure nothing of the failing version remains. Errors: migration, database; deadline,
  /// also when a timeout ended a statement, with which one and what to do.
  Result<int> apply(Connection& connection, const MigrationSet& set, Deadline deadline);
  /// Takes back the module's applied versions above `target` (0: all), newest first, each in one transaction with its history row, under
  /// the migration lock. Rests on the history alone: the module need not be there. Returns what was run. Errors: migration, when something
  /// cannot be taken back, or destroys data and `allow_data_loss` is false; both name every such thing, and nothing has happened then.
  Result<std::vector<PlannedVersion>> down(Connection& connection, const std::string& module, int target, bool allow_data_loss,
                                           Deadline deadline);
  /// One row per known version of the module, and of its history.
  Result<std::vector<VersionStatus>> status(Connection& connection, const MigrationSet& set);

  /// The modules that the history knows, by name. Errors: database.
  Result<std::vector<std::string>> modules(Connection& connection);
  /// Compares the module's tables in the database's catalog with what its applied versions make of an empty one. Changes nothing (on
  /// PostgreSQL it makes them beside, in a transaction that it rolls back, which needs the right to create a schema). Empty: no drift.
  /// Errors: migration, database, deadline.
  Result<std::vector<CatalogDifference>> check(Connection& connection, const std::string& module, Deadline deadline);
  /// Makes the record of an applied version say what the module's present text says. Touches no table of the module: check() tells
  /// afterwards whether they fit. Errors: migration, database, deadline.
  Result<Repair> repair(Connection& connection, const MigrationSet& set, int version, Deadline deadline);

 private:
  Database& database_;
  MigrationTimeouts timeouts_;
};

}  // namespace ingot::db
