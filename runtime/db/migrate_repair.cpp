// SPDX-License-Identifier: Apache-2.0
// A record of the history made to say what the module's text says. For a text that was changed on purpose under an applied version, say to
// mend a comment-like key; never done unasked.
#include <algorithm>

#include "db/migrate.hpp"
#include "db/migrate_history.hpp"
#include "db/model_parts.hpp"

namespace ingot::db {

Result<Repair> Migrator::repair(Connection& connection, const MigrationSet& set, int version, Deadline deadline) {
  const Kind kind = database_.kind();
  const std::string name = "version " + std::to_string(version) + " of module '" + set.module() + "'";
  const auto text = std::ranges::find(set.versions(), version, &MigrationVersion::version);
  if (text == set.versions().end()) return refused_migration(name + " is not in the module's text: there is nothing to write into its record");
  INGOT_TRY_VOID(MigrationLock::acquire(connection, kind, deadline));
  const MigrationLock lock(connection, kind);
  INGOT_TRY_VOID(connection.begin_write(deadline));
  TransactionGuard transaction(connection);
  INGOT_TRY(const History history, read_history(connection, kind, set.module()));
  const auto row = history.find(version);
  if (row == history.end()) return refused_migration(name + " was never applied: `ingot migrate apply` does that");
  const bool changed = row->second.checksum != text->checksum || row->second.operations != text->canonical;
  if (changed) {
    INGOT_TRY_VOID(connection.run({"UPDATE " + HostSql(kind).history + " SET checksum = $3, operations = $4, entity = $5 WHERE module_name = $1 AND version = $2"},
                                  std::vector{text_param(set.module()), integer_param(version), text_param(text->checksum),
                                              text_param(text->canonical), text_param(text->entity)}));
    INGOT_TRY_VOID(transaction.commit());
  }
  return Repair{.changed = changed, .old_checksum = row->second.checksum, .new_checksum = text->checksum};
}

}  // namespace ingot::db
