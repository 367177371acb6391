// SPDX-License-Identifier: Apache-2.0
#include "accounts/sign_in.hpp"

#include "accounts/names.hpp"
#include "accounts/password.hpp"
#include "db/host_statement.hpp"
#include "db/sql_text.hpp"
#include "observe/log.hpp"

namespace ingot::accounts {
namespace {

using Why = Denied::Why;

constexpr unsigned account_attempts_factor = 5;  // an account must not be easy to lock for others, nor worth guessing at from many addresses
constexpr std::size_t refresh_bytes_max = 200;

Denied wrong_credentials() { return {Why::credentials, "wrong e-mail address or password", 0}; }
Denied wrong_refresh() { return {Why::credentials, "the refresh token is not good (any more): sign in again", 0}; }
Denied too_many(unsigned seconds) { return {Why::too_many, "too many attempts: try again in " + std::to_string(seconds) + " s", seconds}; }

std::int64_t seconds_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

SignIn::SignIn(db::Database& database, db::ConnectionPool& connections, SignInRules rules)
    : database_(database), connections_(connections), rules_(std::move(rules)), by_address_(rules_.attempts_per_minute), by_account_(rules_.attempts_per_minute * account_attempts_factor) {}

Outcome SignIn::denied_by(const Error& error) const {
  observe::log(observe::Level::error, "sign-in failed", {{"reason", error.message}});
  return Denied{Why::unavailable, "signing in does not work at the moment; try again", 0};
}

Outcome SignIn::login(const std::string& email, const std::string& password, const std::string& address, db::Deadline deadline) {
  if (!possible()) return Denied{Why::unavailable, "nobody can sign in here: the configuration has no master_key of 32 bytes or more", 0};
  const auto now = Attempts::Clock::now();
  if (const unsigned wait = by_address_.take(address, now); wait > 0) return too_many(wait);
  const auto name = normalise_email(email);
  if (name.ok()) {
    if (const unsigned wait = by_account_.wait(*name, now); wait > 0) return too_many(wait);
  }

  // Who is it said to be? The connection goes back before the password is hashed: that takes longer than the rest together.
  db::AccountTables tables(database_);
  std::optional<db::UserRow> user;
  if (name.ok()) {
    auto lease = connections_.acquire(deadline);
    if (!lease.ok()) return denied_by(lease.error());
    auto found = tables.find_by_email(**lease, *name);
    if (!found.ok()) return denied_by(found.error());
    user = std::move(found).value();
  }
  const bool right = password_is(password, user ? user->password : "");
  if (!right || !user->active) {
    if (name.ok()) static_cast<void>(by_account_.take(*name, now));
    return wrong_credentials();
  }
  std::string renewed;
  if (is_old(user->password)) {
    auto made = hash_password(password);
    if (!made.ok()) return denied_by(made.error());
    renewed = std::move(made).value();
  }

  // One transaction: what has ended is forgotten, what is new is written, and only then is anything handed out.
  auto lease = connections_.acquire(deadline);
  if (!lease.ok()) return denied_by(lease.error());
  db::Connection& connection = **lease;
  auto begun = connection.begin_write(deadline);
  if (!begun.ok()) return denied_by(begun.error());
  db::TransactionGuard transaction(connection);
  const auto work = [&]() -> Result<Grant> {
    INGOT_TRY_VOID(tables.remove_ended(connection, seconds_now()));
    if (!renewed.empty()) INGOT_TRY_VOID(tables.set_password(connection, user->id, renewed));
    INGOT_TRY(Grant made, grant(connection, *user, fresh_uuid()));
    INGOT_TRY_VOID(transaction.commit());
    return made;
  };
  auto made = work();
  if (!made.ok()) return denied_by(made.error());
  return std::move(made).value();
}

Outcome SignIn::refresh(const std::string& refresh_token, const std::string& address, db::Deadline deadline) {
  if (!possible()) return Denied{Why::unavailable, "nobody can sign in here: the configuration has no master_key of 32 bytes or more", 0};
  if (const unsigned wait = by_address_.take(address, Attempts::Clock::now()); wait > 0) return too_many(wait);
  if (refresh_token.empty() || refresh_token.size() > refresh_bytes_max) return wrong_refresh();
  const std::string digest = db::sha256_hex(refresh_token);

  db::AccountTables tables(database_);
  auto lease = connections_.acquire(deadline);
  if (!lease.ok()) return denied_by(lease.error());
  db::Connection& connection = **lease;
  auto begun = connection.begin_write(deadline);
  if (!begun.ok()) return denied_by(begun.error());
  db::TransactionGuard transaction(connection);
  const auto work = [&]() -> Result<Outcome> {
    INGOT_TRY(const bool first, tables.use_refresh(connection, digest));
    INGOT_TRY(const auto row, tables.find_refresh(connection, digest));
    if (!row) return Outcome(wrong_refresh());
    if (!first) {
      // Somebody has a copy, and nobody knows who of the two is the owner: both sign in again.
      INGOT_TRY_VOID(tables.remove_all_refresh(connection, row->user_id));
      INGOT_TRY_VOID(transaction.commit());
      observe::log(observe::Level::warn, "a refresh token was used twice; all of its user's were forgotten", {{"user", row->user_id}});
      return Outcome(wrong_refresh());
    }
    INGOT_TRY(const auto user, tables.find_by_id(connection, row->user_id));
    if (!user || !user->active || row->expires_at < seconds_now()) return Outcome(wrong_refresh());
    INGOT_TRY(Grant made, grant(connection, *user, row->family));
    INGOT_TRY_VOID(transaction.commit());
    return Outcome(std::move(made));
  };
  auto outcome = work();
  if (!outcome.ok()) return denied_by(outcome.error());
  return std::move(outcome).value();
}

Result<void> SignIn::logout(const std::string& refresh_token, db::Deadline deadline) {
  if (refresh_token.empty() || refresh_token.size() > refresh_bytes_max) return {};
  db::AccountTables tables(database_);
  INGOT_TRY(db::Lease lease, connections_.acquire(deadline));
  INGOT_TRY(const auto row, tables.find_refresh(*lease, db::sha256_hex(refresh_token)));
  if (!row) return {};
  return tables.remove_family(*lease, row->family);
}

Result<Grant> SignIn::grant(db::Connection& connection, const db::UserRow& user, const std::string& family) {
  const auto now = std::chrono::system_clock::now();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  Grant made{"", rules_.access_ttl, fresh_secret(), rules_.refresh_ttl};
  const db::RefreshRow row{db::sha256_hex(made.refresh_token), user.id, family, seconds + rules_.refresh_ttl.count(), false};
  INGOT_TRY_VOID(db::AccountTables(database_).insert_refresh(connection, row));
  identity::Principal principal{user.id, user.tenant, user.roles, {}, seconds + rules_.access_ttl.count()};
  made.access_token = identity::sign_token(principal, rules_.tokens, now);
  return made;
}

}  // namespace ingot::accounts
