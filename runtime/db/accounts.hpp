// SPDX-License-Identifier: Apache-2.0
#pragma once
// Users, their roles, and the refresh tokens that were given to them: tables of the host's own, which no module can name. Knows rows; what a password or a token is
// good for, and whether it is, is decided in accounts/.
//
// Threads: an AccountTables is a value over a Database; a Connection belongs to one thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

struct UserRow {
  std::string id;              ///< a UUID; never changes
  std::string email;           ///< normalised by whoever wrote it; unique
  std::string password;        ///< as crypt(5) writes it; never the password
  std::string tenant;          ///< empty: none
  bool active = true;
  std::vector<std::string> roles;  ///< sorted
};

/// A refresh token as it is kept: a digest, never the token. All that one sign-in leads to is a family.
struct RefreshRow {
  std::string digest, user_id, family;
  std::int64_t expires_at = 0;  ///< seconds since 1970
  bool used = false;
};

class AccountTables {
 public:
  explicit AccountTables(Database& database) : database_(database) {}

  /// The statements that make the tables where they are absent.
  static std::vector<std::string> create(Kind kind);
  Result<bool> exists(Connection& connection);

  // All functions run in the connection's open transaction, or each by itself where there is none. Errors: database.

  Result<std::optional<UserRow>> find_by_email(Connection& connection, const std::string& email);
  Result<std::optional<UserRow>> find_by_id(Connection& connection, const std::string& id);
  /// In the order of their e-mail addresses, without passwords.
  Result<std::vector<UserRow>> list(Connection& connection);
  /// False when the e-mail address is taken, and then nothing was written. `user.roles` are written too. REQUIRES: an open transaction.
  Result<bool> insert(Connection& connection, const UserRow& user);
  Result<void> set_password(Connection& connection, const std::string& id, const std::string& password);
  Result<void> set_active(Connection& connection, const std::string& id, bool active);
  /// REQUIRES: an open transaction.
  Result<void> set_roles(Connection& connection, const std::string& id, const std::vector<std::string>& roles);
  /// With roles and refresh tokens.
  Result<void> remove(Connection& connection, const std::string& id);

  Result<void> insert_refresh(Connection& connection, const RefreshRow& row);
  Result<std::optional<RefreshRow>> find_refresh(Connection& connection, const std::string& digest);
  /// Marks the token as used, for one caller only: true for the one that did it, whoever else tries at the same time.
  Result<bool> use_refresh(Connection& connection, const std::string& digest);
  Result<void> remove_family(Connection& connection, const std::string& family);
  Result<void> remove_all_refresh(Connection& connection, const std::string& user_id);
  /// Forgets tokens that ended before `now`.
  Result<void> remove_ended(Connection& connection, std::int64_t now);

 private:
  Result<std::optional<UserRow>> find(Connection& connection, const std::string& condition, const std::string& value);
  Database& database_;
};

}  // namespace ingot::db
