// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request, one transaction (abi/EERP.md). Begins with the first statement, spans the calls between modules, ends with
// commit() or, when nobody commits, with a rollback. Used by one strand; what may block is done by Blocking.

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "data/service.hpp"
#include "db/audit.hpp"
#include "db/connection.hpp"
#include "db/pool.hpp"
#include "host/eerp/blocking.hpp"

namespace ingot::host::eerp {

class Transaction final : public data::Store {
 public:
  /// `writes` tells that the request may change data: SQLite then takes its write lock at once instead of failing later.
  /// `gate` has as many passes as the pool has connections.
  Transaction(db::ConnectionPool& pool, ConnectionGate& gate, Blocking& blocking, db::Deadline deadline, bool writes)
      : pool_(pool), gate_(gate), blocking_(blocking), deadline_(deadline), writes_(writes) {}
  ~Transaction() override;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Runs a guest's statement, beginning the transaction first when need be.
  std::variant<db::GuestRows, db::StatementError> run(const db::Authority& authority, std::string_view sql,
                                                      std::string_view params_json, bool must_return_rows) override;

  /// Makes everything durable. Errors: database. A transaction in which a statement failed cannot be committed. Where it is not known whether it was committed, the message
  /// begins with db::commit_unknown_message.
  Result<void> commit();

  /// Why nothing of this request can be kept, whatever the guest makes of it: no connection was to be had, or the one that it used is gone. Nothing when that is not so.
  /// REQUIRES: before commit().
  std::optional<Error> database_lost() const;

  /// Opens a part that can be undone alone (a call into another module). Depths nest. Errors: database.
  Result<void> open_part() override;
  /// Ends the innermost part: keeps it, or undoes it.
  Result<void> close_part(bool keep) override;

  Result<void> note(const db::AuditEntry& entry) override;
  Result<std::vector<db::AuditEntry>> noted(const std::string& module, const std::string& table, const std::string& row_id, const std::string& tenant, int count) override;

 private:
  /// The same as run() for a statement that the connection can begin without waiting (PostgreSQL knows it already): the strand waits for its answer, and no other thread is
  /// needed. Nothing: it is not such a one, and nothing has happened. REQUIRES: the gate is passed.
  std::optional<std::variant<db::GuestRows, db::StatementError>> run_here(const db::Authority& authority, db::GuestSql sql, std::span<const db::Param> params,
                                                                          const db::StatementLimits& bounds, bool must_return_rows);
  /// Waits for the right to a connection. Errors: unavailable.
  Result<void> pass_gate();
  /// May block. REQUIRES: the gate is passed.
  Result<db::Connection*> connection();
  Result<void> begin();
  /// May block unless the connection is untouched.
  void give_back();

  db::ConnectionPool& pool_;
  ConnectionGate& gate_;
  Blocking& blocking_;
  db::Deadline deadline_;
  bool writes_;
  std::optional<ConnectionGate::Pass> pass_;  ///< before the lease: it goes after it
  std::optional<db::Lease> lease_;
  std::optional<Error> unreachable_;  ///< why no transaction could begin, the first time that none could
  int parts_open_ = 0;      ///< asked for; each is a savepoint once the transaction has begun
  int parts_real_ = 0;      ///< savepoints that exist
  bool said_something_ = false;  ///< the guest heard of a statement's outcome
  bool finished_ = false;
};

}  // namespace ingot::host::eerp
