// SPDX-License-Identifier: Apache-2.0
#pragma once
// Accounts as their administrator sees them. Each function is one transaction, checks what it is given, and ends the sessions that a change must end. Any thread.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/accounts.hpp"
#include "db/pool.hpp"

namespace ingot::accounts {

class Administration final {
 public:
  /// REQUIRES: both outlive it, and db::Migrator::prepare() has made the host's tables.
  Administration(db::Database& database, db::ConnectionPool& connections) : database_(database), connections_(connections) {}

  struct NewUser {
    std::string email, password, tenant;
    std::vector<std::string> roles;
  };
  /// The new user's id. Errors: invalid_argument (what is wrong; the e-mail address is taken), and the database's.
  Result<std::string> add(const NewUser& user);

  /// By e-mail address, without what is kept of passwords.
  Result<std::vector<db::UserRow>> list();

  // Errors of all below: not_found, invalid_argument, and the database's.

  /// Signs the user out everywhere: whoever knew the old password is out when the last access token ends.
  Result<void> set_password(const std::string& email, const std::string& password);
  /// A user that is not active cannot sign in, and is signed out everywhere.
  Result<void> set_active(const std::string& email, bool active);
  /// In place of those before. They count from the next access token on.
  Result<void> set_roles(const std::string& email, const std::vector<std::string>& roles);
  Result<void> remove(const std::string& email);

 private:
  template <typename Change>
  Result<void> change(const std::string& email, Change change);
  db::Database& database_;
  db::ConnectionPool& connections_;
};

}  // namespace ingot::accounts
