// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bounded set of connections to one database. Connections are made when first needed and kept. Who finds none free waits, up
// to a deadline. Threads: any. The pool must outlive its leases.
//
// While no connection can be made the database is left alone: attempts come one at a time with growing pauses (backoff.hpp) between them, and whoever asks meanwhile is told
// at once what the last one failed of, unless somebody has a connection that may be given back in time.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "base/result.hpp"
#include "db/backoff.hpp"
#include "db/connection.hpp"

namespace ingot::db {

struct PoolOptions {
  std::size_t max = 10;  ///< connections open at once
};

class ConnectionPool;

/// A borrowed connection. On return an open transaction is rolled back, and a broken connection is closed.
class Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();
  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  friend class ConnectionPool;
  Lease(ConnectionPool* pool, std::unique_ptr<Connection> connection);
  void give_back();
  ConnectionPool* pool_;
  std::unique_ptr<Connection> connection_;
};

class ConnectionPool final {
 public:
  /// REQUIRES: options.max > 0, and `database` outlives the pool.
  ConnectionPool(Database& database, PoolOptions options);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// Idle connections that the server has closed meanwhile are not lent. Errors: unavailable (all were busy until the deadline, or connections cannot be made at the moment;
  /// the message has the reason), or what Database::connect gives.
  Result<Lease> acquire(Deadline deadline);

  /// An idle connection, or nothing at once. Unlike those of acquire() it may have been closed by its server meanwhile, which its first use then tells: nothing was asked.
  std::optional<Lease> try_acquire();

  Kind kind() const { return database_.kind(); }
  /// Connections open now, in use or idle.
  std::size_t open_count() const;

 private:
  friend class Lease;
  void give_back(std::unique_ptr<Connection> connection);
  /// An idle connection, or null when one may be opened: it has its place then.
  Result<std::unique_ptr<Connection>> take(Deadline deadline);
  Result<Lease> open(Deadline deadline);
  /// There are open connections: one may come back in time.
  bool may_get_another(Deadline deadline) const;
  Error refusal(Deadline now) const;  // with mutex_ held

  Database& database_;
  const PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; the last used is taken first
  std::size_t open_ = 0;                           // guarded by mutex_; idle, lent and being opened
  std::size_t opening_ = 0;                        // guarded by mutex_
  std::optional<Error> failure_;                   // guarded by mutex_; of the last attempt, nothing when it succeeded
  Deadline next_attempt_{};                        // guarded by mutex_; not before, while there is a failure
  Backoff backoff_{std::random_device{}()};        // guarded by mutex_
};

}  // namespace ingot::db
