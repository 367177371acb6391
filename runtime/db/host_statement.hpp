// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small things for whoever runs the host's own statements: parameters by kind, and a transaction that is undone unless it was committed.

#include <cstdint>
#include <string>
#include <utility>

#include "db/connection.hpp"

namespace ingot::db {

inline Param text_param(std::string text) {
  Param param;
  param.kind = Param::Kind::text;
  param.text = std::move(text);
  return param;
}

inline Param integer_param(std::int64_t value) {
  Param param;
  param.kind = Param::Kind::integer;
  param.integer = value;
  return param;
}

/// Rolls back unless told that the transaction was committed.
class TransactionGuard {
 public:
  explicit TransactionGuard(Connection& connection) : connection_(&connection) {}
  ~TransactionGuard() {
    if (connection_ != nullptr) connection_->rollback();
  }
  TransactionGuard(const TransactionGuard&) = delete;
  TransactionGuard& operator=(const TransactionGuard&) = delete;
  Result<void> commit() {
    Connection* connection = std::exchange(connection_, nullptr);
    return connection->commit();
  }

 private:
  Connection* connection_;
};

}  // namespace ingot::db
