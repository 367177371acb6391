// SPDX-License-Identifier: Apache-2.0
#pragma once
// A connection whose n-th statement fails, for tests that nothing is left half done.

#include "db/connection.hpp"

namespace ingot::db {

/// Passes everything on, and fails at the n-th host statement.
class FailingConnection final : public Connection {
 public:
  FailingConnection(Connection& inner, int fail_at) : inner_(inner), left_(fail_at) {}
  Result<void> begin(Deadline deadline) override { return inner_.begin(deadline); }
  Result<void> begin_write(Deadline deadline) override { return inner_.begin_write(deadline); }
  Result<void> begin_rebuild(Deadline deadline) override { return inner_.begin_rebuild(deadline); }
  Result<void> commit() override { return count() ? inner_.commit() : Result<void>(Error{ErrorCode::database, "injected"}); }
  void rollback() override { inner_.rollback(); }
  Result<void> savepoint() override { return inner_.savepoint(); }
  Result<void> release_savepoint() override { return inner_.release_savepoint(); }
  Result<void> rollback_to_savepoint() override { return inner_.rollback_to_savepoint(); }
  Result<std::vector<HostRow>> run(const SqlText& sql, std::span<const Param> params) override {
    if (sql.text.find("advisory") == std::string::npos && !count()) return Error{ErrorCode::database, "injected"};
    return inner_.run(sql, params);
  }
  std::variant<GuestRows, StatementError> run_guest(const Authority& a, GuestSql s, std::span<const Param> p, const StatementLimits& l,
                                                    bool m) override {
    return inner_.run_guest(a, s, p, l, m);
  }
  bool broken() const override { return inner_.broken(); }
  bool alive() override { return inner_.alive(); }
  bool reached() const { return left_ <= 0; }

 private:
  bool count() { return --left_ > 0 || left_ < 0; }
  Connection& inner_;
  int left_;
};

}  // namespace ingot::db
