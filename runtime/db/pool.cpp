// SPDX-License-Identifier: Apache-2.0
#include "db/pool.hpp"

#include <utility>

#include "base/check.hpp"

namespace ingot::db {

Lease::Lease(ConnectionPool* pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}

Lease::Lease(Lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    connection_ = std::move(other.connection_);
  }
  return *this;
}

Lease::~Lease() { give_back(); }

void Lease::give_back() {
  if (connection_ != nullptr) pool_->give_back(std::move(connection_));
}

ConnectionPool::ConnectionPool(Database& database, PoolOptions options) : database_(database), options_(options) {
  INGOT_CHECK(options.max > 0);
}

ConnectionPool::~ConnectionPool() { INGOT_CHECK(open_ == idle_.size()); }

Result<Lease> ConnectionPool::acquire(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return !idle_.empty() || open_ < options_.max; };
    if (deadline == Deadline::max()) {
      freed_.wait(lock, ready);  // wait_until would overflow inside the standard library
    } else if (!freed_.wait_until(lock, deadline, ready)) {
      return Error{ErrorCode::unavailable, "all " + std::to_string(options_.max) + " database connections are in use"};
    }
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(connection));
    }
    ++open_;
  }
  auto opened = database_.connect(deadline);
  if (opened) return Lease(this, std::move(opened).value());
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  freed_.notify_one();
  return std::move(opened).error();
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  connection->rollback();
  const bool keep = !connection->broken();
  if (!keep) connection.reset();  // closed before the place is free for another
  {
    const std::lock_guard lock(mutex_);
    if (keep) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  freed_.notify_one();
}

std::size_t ConnectionPool::open_count() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace ingot::db
