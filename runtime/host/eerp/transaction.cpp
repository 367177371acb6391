// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/transaction.hpp"

#include <utility>

#include "limits.hpp"

namespace ingot::host::eerp {

Transaction::~Transaction() {
  if (!lease_) return;
  if ((*lease_)->untouched() && !(*lease_)->broken()) {
    give_back();
  } else {
    blocking_.run([this] { give_back(); });
  }
}

Result<void> Transaction::pass_gate() {
  if (pass_) return {};
  auto pass = gate_.enter(deadline_);
  if (!pass.ok()) {
    if (!unreachable_) unreachable_ = pass.error();
    return std::move(pass).error();
  }
  pass_.emplace(std::move(pass).value());
  return {};
}

void Transaction::give_back() {
  if (!finished_) (*lease_)->rollback();
  lease_.reset();
}

Result<db::Connection*> Transaction::connection() {
  INGOT_CHECK(!finished_);
  if (!lease_) INGOT_TRY_VOID(begin());
  for (; parts_real_ < parts_open_; ++parts_real_) INGOT_TRY_VOID((*lease_)->savepoint());
  return &**lease_;
}

Result<void> Transaction::begin() {
  // A connection that is found dead now has done nothing for this request: another one takes its place, once.
  for (bool again : {true, false}) {
    auto lease = pool_.acquire(deadline_);
    if (!lease.ok()) {
      if (!unreachable_) unreachable_ = lease.error();
      return std::move(lease).error();
    }
    auto begun = writes_ ? (*lease)->begin_write(deadline_) : (*lease)->begin(deadline_);
    if (begun.ok()) {
      lease_.emplace(std::move(lease).value());
      return {};
    }
    const bool gone = (*lease)->broken();
    if (gone && again) continue;
    if (gone && !unreachable_) unreachable_ = begun.error();
    return begun;
  }
  return {};  // the second turn has returned
}

std::optional<Error> Transaction::database_lost() const {
  if (unreachable_) return unreachable_;
  if (lease_ && (*lease_)->broken()) return Error{ErrorCode::unavailable, "the connection to the database was lost"};
  return std::nullopt;
}

std::variant<db::GuestRows, db::StatementError> Transaction::run(const db::Authority& authority, std::string_view sql,
                                                                 std::string_view params_json, bool must_return_rows) {
  if (sql.size() > limits::sql_bytes_max) return db::StatementError{"LIMIT", "the statement is longer than 64 KiB"};
  if (params_json.size() > limits::params_bytes_max) return db::StatementError{"LIMIT", "the parameters are larger than 1 MiB"};
  auto params = db::parse_params(params_json);
  if (!params.ok()) return db::StatementError{"INVALID_PARAMS", params.error().message};
  if (const auto passed = pass_gate(); !passed.ok()) return db::StatementError{"UNAVAILABLE", passed.error().message};
  db::StatementLimits bounds;
  bounds.deadline = deadline_;
  if (auto answered = run_here(authority, db::GuestSql{sql}, *params, bounds, must_return_rows)) return std::move(*answered);
  std::variant<db::GuestRows, db::StatementError> outcome;
  blocking_.run([&] {
    // A connection that is found dead by a statement in front of which nothing happened is replaced, once.
    for (const bool again : {!said_something_, false}) {
      auto ready = connection();
      if (!ready.ok()) {
        const bool late = ready.error().code == ErrorCode::deadline;
        outcome = db::StatementError{late ? "DEADLINE" : "UNAVAILABLE", ready.error().message};
        return;
      }
      outcome = (*ready)->run_guest(authority, db::GuestSql{sql}, *params, bounds, must_return_rows);
      if (!again || !(*ready)->broken() || !(*ready)->untouched()) break;
      lease_.reset();
    }
    said_something_ = true;
  });
  return outcome;
}

std::optional<std::variant<db::GuestRows, db::StatementError>> Transaction::run_here(const db::Authority& authority, db::GuestSql sql, std::span<const db::Param> params,
                                                                                     const db::StatementLimits& bounds, bool must_return_rows) {
  if (pool_.kind() != db::Kind::postgresql || !blocking_.waits_for_sockets() || parts_real_ != parts_open_) return std::nullopt;
  if (!lease_) {
    auto lease = pool_.try_acquire();
    if (!lease) return std::nullopt;
    if (const auto begun = (*lease)->begin(deadline_); !begun.ok()) return std::nullopt;
    lease_.emplace(std::move(*lease));
  }
  db::Connection& connection = **lease_;
  const bool first = !said_something_ && connection.untouched();
  auto progress = connection.start_guest(authority, sql, params, bounds, must_return_rows);
  if (!progress) return std::nullopt;
  while (progress == db::Connection::Progress::waits && blocking_.wait_readable(connection.socket(), deadline_)) progress = connection.advance_guest();
  std::variant<db::GuestRows, db::StatementError> outcome;
  if (progress == db::Connection::Progress::over) {
    outcome = connection.finish_guest();
  } else {
    blocking_.run([&] { outcome = connection.finish_guest(); });
  }
  // As in run(): a connection that is found dead by a statement in front of which nothing happened is replaced.
  if (first && connection.broken() && connection.untouched()) {
    lease_.reset();
    return std::nullopt;
  }
  said_something_ = true;
  return outcome;
}

Result<void> Transaction::note(const db::AuditEntry& entry) {
  INGOT_TRY_VOID(pass_gate());
  Result<void> outcome;
  blocking_.run([&] {
    const auto ready = connection();
    outcome = ready.ok() ? db::AuditTable(pool_.kind()).add(**ready, entry) : Result<void>(ready.error());
  });
  return outcome;
}

Result<std::vector<db::AuditEntry>> Transaction::noted(const std::string& module, const std::string& table, const std::string& row_id, const std::string& tenant, int count) {
  INGOT_TRY_VOID(pass_gate());
  Result<std::vector<db::AuditEntry>> outcome = std::vector<db::AuditEntry>();
  blocking_.run([&] {
    const auto ready = connection();
    if (ready.ok()) outcome = db::AuditTable(pool_.kind()).of_row(**ready, module, table, row_id, tenant, count);
    else outcome = ready.error();
  });
  return outcome;
}

Result<void> Transaction::commit() {
  finished_ = true;
  if (!lease_) return {};
  Result<void> outcome;
  if ((*lease_)->untouched()) {
    outcome = (*lease_)->commit();
    lease_.reset();
    return outcome;
  }
  blocking_.run([&] {
    outcome = (*lease_)->commit();
    lease_.reset();
  });
  return outcome;
}

Result<void> Transaction::open_part() {
  ++parts_open_;  // the savepoint itself waits for the first statement inside the part
  return {};
}

Result<void> Transaction::close_part(bool keep) {
  INGOT_CHECK(parts_open_ > 0);
  --parts_open_;
  if (parts_real_ <= parts_open_) return {};
  --parts_real_;
  Result<void> outcome;
  // A part in which a statement failed cannot be kept: the database undoes and ends it, and says so.
  blocking_.run([&] { outcome = keep ? (*lease_)->release_savepoint() : (*lease_)->rollback_to_savepoint(); });
  return outcome;
}

}  // namespace ingot::host::eerp
