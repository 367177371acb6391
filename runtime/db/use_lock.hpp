// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who uses a database and who may replace it: servers and the verbs that write share it, `ingot restore` and `ingot uninstall --purge` have it alone.
// PostgreSQL: an advisory lock of a session of its own, which ends with the process. SQLite: flock() on an empty file beside the database (its path and "-lock"),
// which stays there; the database's own file would not do, since closing any descriptor of it takes SQLite's locks of this process away.
//
// Threads: one at a time. Movable; the lock goes with the object.

// Who shares that file also holds its first byte by a lock of the open file description (fcntl F_OFD_SETLK, Linux 3.15), since only such a lock can be asked for without taking it.

#include <memory>
#include <string>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

class UseLock final {
 public:
  /// Together with others who use it; waits up to the deadline while somebody has it alone. SQLite is named by its file, which need not be there; `postgres` may go before the
  /// lock does. Errors: unavailable (somebody has it alone until the deadline), io (SQLite: the lock's file), those of Database::connect.
  static Result<UseLock> share(const std::string& sqlite_path, Deadline deadline);
  static Result<UseLock> share(Database& postgres, Deadline deadline);
  /// Alone. REQUIRES: this process has no other connection to it. Waits up to the deadline, also for sessions on PostgreSQL that call themselves ours and have lost their
  /// lock. Errors: as share(); unavailable says who is to be stopped.
  static Result<UseLock> alone(const std::string& sqlite_path, Deadline deadline);
  static Result<UseLock> alone(Database& postgres, Deadline deadline);

  /// Is there no other lock on this database, of this process or another? REQUIRES: it is shared. A lock that is taken while this runs may be missed. Errors: database (the session is gone,
  /// and the lock with it).
  Result<bool> is_the_only_one();

  UseLock(UseLock&& other) noexcept;
  UseLock& operator=(UseLock&& other) noexcept;
  ~UseLock();

 private:
  UseLock() = default;
  static Result<UseLock> take(const std::string& sqlite_path, Deadline deadline, bool alone);
  static Result<UseLock> take(Database& postgres, Deadline deadline, bool alone);
  std::unique_ptr<Connection> session_;  // PostgreSQL
  int file_ = -1;                        // SQLite
};

}  // namespace ingot::db
