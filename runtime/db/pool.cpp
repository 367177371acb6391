// SPDX-License-Identifier: Apache-2.0
#include "db/pool.hpp"

#include <algorithm>
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
  for (;;) {
    INGOT_TRY(std::unique_ptr<Connection> connection, take(deadline));
    if (connection == nullptr) {
      auto opened = open(deadline);
      if (opened.ok() || !may_get_another(deadline)) return opened;
      continue;
    }
    if (connection->alive()) return Lease(this, std::move(connection));
    connection.reset();  // closed before the place is free for another
    const std::lock_guard lock(mutex_);
    --open_;
  }
}

std::optional<Lease> ConnectionPool::try_acquire() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::nullopt;
  Lease lease(this, std::move(idle_.back()));
  idle_.pop_back();
  return lease;
}

Result<std::unique_ptr<Connection>> ConnectionPool::take(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    const Deadline now = Clock::now();
    const bool pausing = failure_ && now < next_attempt_;
    const bool held_back = pausing || (failure_ && opening_ > 0);  // one attempt at a time finds out whether the database is back
    if (open_ < options_.max && !held_back) {
      ++open_;
      ++opening_;
      return std::unique_ptr<Connection>();
    }
    const bool some_lent = open_ > opening_;
    if (held_back && (!some_lent || now >= deadline)) return refusal(now);
    if (now >= deadline) return Error{ErrorCode::unavailable, "all " + std::to_string(options_.max) + " database connections are in use"};
    const Deadline until = pausing ? std::min(deadline, next_attempt_) : deadline;
    if (until == Deadline::max()) {
      freed_.wait(lock);  // wait_until would overflow inside the standard library
    } else {
      freed_.wait_until(lock, until);
    }
  }
}

Result<Lease> ConnectionPool::open(Deadline deadline) {
  auto opened = database_.connect(deadline);
  {
    const std::lock_guard lock(mutex_);
    --opening_;
    if (opened.ok()) {
      failure_.reset();
      backoff_.reset();
    } else {
      --open_;
      failure_ = opened.error();
      const Deadline now = Clock::now();
      if (now >= next_attempt_) next_attempt_ = now + backoff_.next();  // of several that failed together the first counts
    }
  }
  freed_.notify_all();  // who waited learns that it works, or that it does not
  if (!opened.ok()) return std::move(opened).error();
  return Lease(this, std::move(opened).value());
}

bool ConnectionPool::may_get_another(Deadline deadline) const {
  const std::lock_guard lock(mutex_);
  return open_ > opening_ && Clock::now() < deadline;
}

Error ConnectionPool::refusal(Deadline now) const {
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next_attempt_ - now).count();
  const std::string next = pause > 0 ? "in " + std::to_string(pause) + " ms" : "at the moment";
  return Error{ErrorCode::unavailable, failure_->message + " (tried again " + next + ")"};
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
  if (keep) {
    freed_.notify_one();
  } else {
    freed_.notify_all();  // it may have been the last one that somebody hoped for
  }
}

std::size_t ConnectionPool::open_count() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace ingot::db
