// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who changed what: one row for each change that a module makes through the data service, and where the configuration asks for it one for each statement of its own that
// changes rows; in the same transaction as the change. No guest's statement reaches it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

struct AuditEntry {
  std::string at;          ///< RFC 3339, UTC, milliseconds
  std::string module, table, row_id;  ///< of a statement: no table and no row
  std::string action;      ///< create, update, upsert, delete, restore, hard_delete, execute
  std::string subject, tenant, request_id;  ///< of the caller; empty: nobody in particular, none
  std::string detail;      ///< JSON: the values that were given, or the whole row that was removed; of `execute` {"statement","rows"}, never its parameters
};

/// Which entries; empty members choose nothing.
struct AuditFilter {
  std::string module, table, row_id, subject, request_id;
  std::string since, before;  ///< AuditEntry::at from then on, and earlier than then: RFC 3339 as entries have it, or a beginning of that ("2026-11", "2026-11-23T08")
};

/// The host's table of audit entries, on either database.
class AuditTable {
 public:
  /// Statements that make it if it is not there.
  static std::vector<std::string> create(Kind kind);
  explicit AuditTable(Kind kind) : kind_(kind), name_(kind == Kind::sqlite ? "ingot_audit" : "ingot.audit") {}

  /// Is it there? A database that nothing has served yet has none. Errors: database.
  Result<bool> exists(Connection& connection) const;

  /// REQUIRES: an open transaction. Errors: database.
  Result<void> add(Connection& connection, const AuditEntry& entry) const;
  /// The latest `count` entries of one row, newest first, of that tenant if it is not empty. Errors: database.
  Result<std::vector<AuditEntry>> of_row(Connection& connection, const std::string& module, const std::string& table, const std::string& row_id,
                                         const std::string& tenant, int count) const;
  /// The latest `count` entries that the filter chooses, newest first. Errors: database.
  Result<std::vector<AuditEntry>> newest(Connection& connection, const AuditFilter& filter, int count) const;
  /// How many entries the filter chooses. Errors: database.
  Result<std::uint64_t> count(Connection& connection, const AuditFilter& filter) const;
  /// Removes what count() counts and returns how many that were. REQUIRES: an open transaction. Errors: database.
  Result<std::uint64_t> remove(Connection& connection, const AuditFilter& filter) const;

 private:
  /// " WHERE ..." with its parameters, or nothing.
  std::string where(const AuditFilter& filter, std::vector<Param>& params) const;
  Kind kind_;
  std::string name_;
};

}  // namespace ingot::db
