// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who changed what: one row for each change that a module makes through the data service, in the same transaction as the change. No guest's statement reaches it.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

struct AuditEntry {
  std::string at;          ///< RFC 3339, UTC, milliseconds
  std::string module, table, row_id;
  std::string action;      ///< create, update, upsert, delete, restore, hard_delete
  std::string subject, tenant, request_id;  ///< of the caller; empty: nobody in particular, none
  std::string detail;      ///< JSON: the values that were given, or the whole row that was removed
};

/// The host's table of audit entries, on either database.
class AuditTable {
 public:
  /// Statements that make it if it is not there.
  static std::vector<std::string> create(Kind kind);
  explicit AuditTable(Kind kind) : name_(kind == Kind::sqlite ? "ingot_audit" : "ingot.audit") {}

  /// REQUIRES: an open transaction. Errors: database.
  Result<void> add(Connection& connection, const AuditEntry& entry) const;
  /// The latest `count` entries of one row, newest first, of that tenant if it is not empty. Errors: database.
  Result<std::vector<AuditEntry>> of_row(Connection& connection, const std::string& module, const std::string& table, const std::string& row_id,
                                         const std::string& tenant, int count) const;

 private:
  std::string name_;
};

}  // namespace ingot::db
