// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signing in and staying signed in: a password becomes an access token, which is believed without asking the database, and a refresh token, which is good for one
// exchange only. Who shows a used one holds a copy: then all of the user's refresh tokens are forgotten (EERP's rule; RFC 9700 section 4.14.2).
//
// Threads: any, at the same time. Calls block for a password's hash (tens of milliseconds) and the database: they belong on a worker, never on an event loop.

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "accounts/attempts.hpp"
#include "db/accounts.hpp"
#include "db/pool.hpp"
#include "identity/token.hpp"

namespace ingot::accounts {

struct SignInRules {
  identity::TokenRules tokens;              ///< `secret` signs; empty: nobody can sign in
  std::chrono::seconds access_ttl{3600};    ///< how long an access token is believed: it cannot be taken back
  std::chrono::seconds refresh_ttl{604800};
  unsigned attempts_per_minute = 20;        ///< from one address; for one account five times that many wrong ones from everywhere
};

struct Grant {
  std::string access_token;
  std::chrono::seconds access_ttl;
  std::string refresh_token;
  std::chrono::seconds refresh_ttl;
};

/// Why not. The message may be told to the client, and is the same whether the account, the password or the permission to use it is missing.
struct Denied {
  enum class Why { credentials, too_many, unavailable };
  Why why = Why::credentials;
  std::string message;
  unsigned retry_after_s = 0;  ///< with too_many
};

using Outcome = std::variant<Grant, Denied>;

class SignIn final {
 public:
  /// REQUIRES: `database` and `connections` outlive it.
  SignIn(db::Database& database, db::ConnectionPool& connections, SignInRules rules);

  /// False: there is no secret to sign with, and everything is denied as unavailable.
  bool possible() const { return !rules_.tokens.secret.empty(); }

  /// `address` is the client's, as text, for counting attempts. A password kept in an old form is replaced by a new one.
  Outcome login(const std::string& email, const std::string& password, const std::string& address, db::Deadline deadline);

  /// Exchanges a refresh token, once.
  Outcome refresh(const std::string& refresh_token, const std::string& address, db::Deadline deadline);

  /// Ends what that sign-in led to. An unknown token is no error: it ends nothing. Errors: those of the database.
  Result<void> logout(const std::string& refresh_token, db::Deadline deadline);

 private:
  Result<Grant> grant(db::Connection& connection, const db::UserRow& user, const std::string& family);
  Outcome denied_by(const Error& error) const;

  db::Database& database_;
  db::ConnectionPool& connections_;
  const SignInRules rules_;
  Attempts by_address_, by_account_;
};

}  // namespace ingot::accounts
