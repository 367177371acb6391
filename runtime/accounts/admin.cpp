// SPDX-License-Identifier: Apache-2.0
#include "accounts/admin.hpp"

#include "accounts/names.hpp"
#include "accounts/password.hpp"
#include "db/host_statement.hpp"

namespace ingot::accounts {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::size_t roles_max = 100;

Result<void> check_roles(const std::vector<std::string>& roles) {
  if (roles.size() > roles_max) return Error{ErrorCode::invalid_argument, "a user has " + std::to_string(roles_max) + " roles at most"};
  for (const std::string& role : roles) INGOT_TRY_VOID(check_label("a role", role));
  return {};
}

/// Runs `work` in a transaction: committed when it succeeds, else rolled back.
template <typename Work>
Result<void> in_transaction(db::ConnectionPool& connections, Work work) {
  const db::Deadline deadline = db::Clock::now() + patience;
  INGOT_TRY(db::Lease lease, connections.acquire(deadline));
  INGOT_TRY_VOID(lease->begin_write(deadline));
  db::TransactionGuard transaction(*lease);
  INGOT_TRY_VOID(work(*lease));
  return transaction.commit();
}

}  // namespace

Result<std::string> Administration::add(const NewUser& user) {
  db::UserRow row;
  row.id = fresh_uuid();
  INGOT_TRY(row.email, normalise_email(user.email));
  if (!user.tenant.empty()) INGOT_TRY_VOID(check_label("a tenant", user.tenant));
  row.tenant = user.tenant;
  INGOT_TRY_VOID(check_roles(user.roles));
  row.roles = user.roles;
  INGOT_TRY_VOID(check_new_password(user.password));
  INGOT_TRY(row.password, hash_password(user.password));
  INGOT_TRY_VOID(in_transaction(connections_, [&](db::Connection& connection) -> Result<void> {
    INGOT_TRY(const bool made, db::AccountTables(database_).insert(connection, row));
    if (!made) return Error{ErrorCode::invalid_argument, "there is a user '" + row.email + "' already"};
    return {};
  }));
  return row.id;
}

Result<std::vector<db::UserRow>> Administration::list() {
  INGOT_TRY(db::Lease lease, connections_.acquire(db::Clock::now() + patience));
  return db::AccountTables(database_).list(*lease);
}

/// Calls `change` with tables, connection and user, in a transaction.
template <typename Change>
Result<void> Administration::change(const std::string& email, Change change) {
  INGOT_TRY(const std::string name, normalise_email(email));
  return in_transaction(connections_, [&](db::Connection& connection) -> Result<void> {
    db::AccountTables tables(database_);
    INGOT_TRY(const auto user, tables.find_by_email(connection, name));
    if (!user) return Error{ErrorCode::not_found, "there is no user '" + name + "'; `ingot user list` shows who there is"};
    return change(tables, connection, *user);
  });
}

Result<void> Administration::set_password(const std::string& email, const std::string& password) {
  INGOT_TRY_VOID(check_new_password(password));
  INGOT_TRY(const std::string kept, hash_password(password));
  return change(email, [&](db::AccountTables& tables, db::Connection& connection, const db::UserRow& user) -> Result<void> {
    INGOT_TRY_VOID(tables.set_password(connection, user.id, kept));
    return tables.remove_all_refresh(connection, user.id);
  });
}

Result<void> Administration::set_active(const std::string& email, bool active) {
  return change(email, [&](db::AccountTables& tables, db::Connection& connection, const db::UserRow& user) -> Result<void> {
    INGOT_TRY_VOID(tables.set_active(connection, user.id, active));
    return active ? Result<void>() : tables.remove_all_refresh(connection, user.id);
  });
}

Result<void> Administration::set_roles(const std::string& email, const std::vector<std::string>& roles) {
  INGOT_TRY_VOID(check_roles(roles));
  return change(email, [&](db::AccountTables& tables, db::Connection& connection, const db::UserRow& user) { return tables.set_roles(connection, user.id, roles); });
}

Result<void> Administration::remove(const std::string& email) {
  return change(email, [](db::AccountTables& tables, db::Connection& connection, const db::UserRow& user) { return tables.remove(connection, user.id); });
}

}  // namespace ingot::accounts
