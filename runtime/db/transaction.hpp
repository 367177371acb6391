// SPDX-License-Identifier: Apache-2.0
#pragma once
// What both kinds of connection remember about their transaction. After a failed statement only a rollback is possible: that is
// PostgreSQL's rule, kept on SQLite too, so that a module behaves the same on both. Not for several threads.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "db/connection.hpp"

namespace ingot::db {

class TransactionState {
 public:
  bool open() const { return open_; }
  bool failed() const { return failed_; }
  void began(Deadline deadline) {
    ended();
    open_ = true;
    deadline_ = deadline;
  }
  void ended() {
    open_ = failed_ = false;
    parts_ = 0;
  }
  void fail() { failed_ = open_; }

  /// Parts that savepoints bound. A failure lies in the innermost one, since none can be opened after it: undoing that part heals.
  int parts() const { return parts_; }
  void part_opened() { ++parts_; }
  void part_kept() { --parts_; }
  void part_undone() {
    --parts_;
    failed_ = false;
  }
  /// It is gone, but could not be undone alone: the rest of the transaction may hold what it did, so nothing may be kept.
  void part_lost() {
    --parts_;
    failed_ = true;
  }

  /// Of host statements: the transaction's own, or a minute from now outside one.
  Deadline deadline() const {
    constexpr std::chrono::seconds patience{60};
    return open_ ? deadline_ : Clock::now() + patience;
  }

 private:
  bool open_ = false;
  bool failed_ = false;
  int parts_ = 0;
  Deadline deadline_ = Deadline::max();
};

constexpr std::string_view transaction_aborted_message = "a statement of this transaction failed: it can only be rolled back";

/// How the error of a commit begins that may have happened or not: the connection was lost, or the server did not say.
constexpr std::string_view commit_unknown_message = "the commit's outcome is unknown";

inline Error transaction_aborted() {
  return Error{ErrorCode::database, "TRANSACTION_ABORTED: " + std::string(transaction_aborted_message)};
}

inline Error part_aborted() {
  return Error{ErrorCode::database, "TRANSACTION_ABORTED: a statement of this part of the transaction failed: the part was undone"};
}

/// The savepoint of the n-th part, from 1.
inline std::string savepoint_name(int part) { return "ingot_part_" + std::to_string(part); }

/// What must hold before a guest's statement runs.
inline std::optional<StatementError> check_transaction(const TransactionState& state) {
  if (!state.open()) return StatementError{"DATABASE_ERROR", "there is no open transaction"};
  if (state.failed()) return StatementError{"TRANSACTION_ABORTED", std::string(transaction_aborted_message)};
  return std::nullopt;
}

}  // namespace ingot::db
