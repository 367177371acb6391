// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/transaction.hpp"

#include "limits.hpp"

namespace ingot::host::eerp {

Transaction::~Transaction() {
  if (lease_ && !finished_) (*lease_)->rollback();
}

Result<db::Connection*> Transaction::connection() {
  INGOT_CHECK(!finished_);
  if (!lease_) {
    INGOT_TRY(db::Lease lease, pool_.acquire(deadline_));
    INGOT_TRY_VOID(writes_ ? lease->begin_write(deadline_) : lease->begin(deadline_));
    lease_.emplace(std::move(lease));
  }
  for (; parts_real_ < parts_open_; ++parts_real_) INGOT_TRY_VOID((*lease_)->savepoint());
  return &**lease_;
}

std::variant<db::GuestRows, db::StatementError> Transaction::run(const db::Authority& authority, std::string_view sql,
                                                                 std::string_view params_json, bool must_return_rows) {
  if (sql.size() > limits::sql_bytes_max) return db::StatementError{"LIMIT", "the statement is longer than 64 KiB"};
  if (params_json.size() > limits::params_bytes_max) return db::StatementError{"LIMIT", "the parameters are larger than 1 MiB"};
  auto params = db::parse_params(params_json);
  if (!params.ok()) return db::StatementError{"INVALID_PARAMS", params.error().message};
  auto ready = connection();
  if (!ready.ok()) {
    const bool late = ready.error().code == ErrorCode::deadline;
    return db::StatementError{late ? "DEADLINE" : "UNAVAILABLE", ready.error().message};
  }
  db::StatementLimits bounds;
  bounds.deadline = deadline_;
  return (*ready)->run_guest(authority, db::GuestSql{sql}, *params, bounds, must_return_rows);
}

Result<void> Transaction::note(const db::AuditEntry& entry) {
  INGOT_TRY(db::Connection* const ready, connection());
  return db::AuditTable(pool_.kind()).add(*ready, entry);
}

Result<std::vector<db::AuditEntry>> Transaction::noted(const std::string& module, const std::string& table, const std::string& row_id, const std::string& tenant, int count) {
  INGOT_TRY(db::Connection* const ready, connection());
  return db::AuditTable(pool_.kind()).of_row(*ready, module, table, row_id, tenant, count);
}

Result<void> Transaction::commit() {
  finished_ = true;
  if (!lease_) return {};
  return (*lease_)->commit();
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
  if (!keep) return (*lease_)->rollback_to_savepoint();
  // A part in which a statement failed cannot be kept: the database undoes and ends it, and says so.
  return (*lease_)->release_savepoint();
}

}  // namespace ingot::host::eerp
