// SPDX-License-Identifier: Apache-2.0
#include "db/accounts.hpp"

#include <charconv>

#include "db/host_statement.hpp"

namespace ingot::db {
namespace {

struct Names {
  std::string user, role, refresh;
  explicit Names(Kind kind) {
    const std::string prefix = kind == Kind::sqlite ? "ingot_" : "ingot.";
    user = prefix + "user_account";
    role = prefix + "user_role";
    refresh = prefix + "refresh_token";
  }
};

Result<std::int64_t> integer(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  const std::string digits = text.value_or("");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size()) return value;
  return Error{ErrorCode::database, "the host's tables of accounts hold '" + digits + "' for a number"};
}

}  // namespace

// Flags and times are numbers on both databases, so that one text of a statement serves both.
std::vector<std::string> AccountTables::create(Kind kind) {
  const Names names(kind);
  const std::string number = kind == Kind::sqlite ? "INTEGER" : "BIGINT";
  const std::string options = kind == Kind::sqlite ? " STRICT" : "";
  return {
      "CREATE TABLE IF NOT EXISTS " + names.user + " (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL, tenant TEXT NOT NULL, active " + number +
          " NOT NULL)" + options,
      "CREATE TABLE IF NOT EXISTS " + names.role + " (user_id TEXT NOT NULL REFERENCES " + names.user + " (id) ON DELETE CASCADE, role TEXT NOT NULL, PRIMARY KEY (user_id, role))" +
          options,
      "CREATE TABLE IF NOT EXISTS " + names.refresh + " (digest TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL REFERENCES " + names.user +
          " (id) ON DELETE CASCADE, family TEXT NOT NULL, expires_at " + number + " NOT NULL, used " + number + " NOT NULL)" + options,
      "CREATE INDEX IF NOT EXISTS " + std::string(kind == Kind::sqlite ? "ingot_refresh_token_user" : "refresh_token_user") + " ON " + names.refresh + " (user_id)",
  };
}

Result<bool> AccountTables::exists(Connection& connection) {
  const std::string last = Names(database_.kind()).refresh;
  const std::string question = database_.kind() == Kind::sqlite ? "SELECT 1 FROM sqlite_schema WHERE name = '" + last + "'" : "SELECT 1 WHERE to_regclass('" + last + "') IS NOT NULL";
  INGOT_TRY(const auto found, connection.run({question}));
  return !found.empty();
}

Result<std::optional<UserRow>> AccountTables::find(Connection& connection, const std::string& condition, const std::string& value) {
  const Names names(database_.kind());
  INGOT_TRY(const auto rows, connection.run({"SELECT id, email, password, tenant, CAST(active AS TEXT) FROM " + names.user + " WHERE " + condition + " = $1"},
                                            std::vector{text_param(value)}));
  if (rows.empty()) return std::optional<UserRow>();
  const HostRow& row = rows.front();
  UserRow user{row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or(""), row.at(3).value_or(""), row.at(4).value_or("") == "1", {}};
  INGOT_TRY(const auto roles, connection.run({"SELECT role FROM " + names.role + " WHERE user_id = $1 ORDER BY role"}, std::vector{text_param(user.id)}));
  for (const HostRow& role : roles) user.roles.push_back(role.at(0).value_or(""));
  return std::optional<UserRow>(std::move(user));
}

Result<std::optional<UserRow>> AccountTables::find_by_email(Connection& connection, const std::string& email) { return find(connection, "email", email); }

Result<std::optional<UserRow>> AccountTables::find_by_id(Connection& connection, const std::string& id) { return find(connection, "id", id); }

Result<std::vector<UserRow>> AccountTables::list(Connection& connection) {
  const Names names(database_.kind());
  INGOT_TRY(const auto rows, connection.run({"SELECT u.id, u.email, u.tenant, CAST(u.active AS TEXT), r.role FROM " + names.user + " AS u LEFT JOIN " + names.role +
                                             " AS r ON r.user_id = u.id ORDER BY u.email, r.role"}));
  std::vector<UserRow> users;
  for (const HostRow& row : rows) {
    const std::string id = row.at(0).value_or("");
    if (users.empty() || users.back().id != id) users.push_back({id, row.at(1).value_or(""), "", row.at(2).value_or(""), row.at(3).value_or("") == "1", {}});
    if (row.at(4)) users.back().roles.push_back(*row.at(4));
  }
  return users;
}

Result<bool> AccountTables::insert(Connection& connection, const UserRow& user) {
  const Names names(database_.kind());
  INGOT_TRY(const auto made, connection.run({"INSERT INTO " + names.user + " (id, email, password, tenant, active) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING RETURNING id"},
                                            std::vector{text_param(user.id), text_param(user.email), text_param(user.password), text_param(user.tenant), integer_param(user.active ? 1 : 0)}));
  if (made.empty()) return false;
  INGOT_TRY_VOID(set_roles(connection, user.id, user.roles));
  return true;
}

Result<void> AccountTables::set_password(Connection& connection, const std::string& id, const std::string& password) {
  INGOT_TRY_VOID(connection.run({"UPDATE " + Names(database_.kind()).user + " SET password = $2 WHERE id = $1"}, std::vector{text_param(id), text_param(password)}));
  return {};
}

Result<void> AccountTables::set_active(Connection& connection, const std::string& id, bool active) {
  INGOT_TRY_VOID(connection.run({"UPDATE " + Names(database_.kind()).user + " SET active = $2 WHERE id = $1"}, std::vector{text_param(id), integer_param(active ? 1 : 0)}));
  return {};
}

Result<void> AccountTables::set_roles(Connection& connection, const std::string& id, const std::vector<std::string>& roles) {
  const Names names(database_.kind());
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + names.role + " WHERE user_id = $1"}, std::vector{text_param(id)}));
  for (const std::string& role : roles) {
    INGOT_TRY_VOID(connection.run({"INSERT INTO " + names.role + " (user_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING"}, std::vector{text_param(id), text_param(role)}));
  }
  return {};
}

Result<void> AccountTables::remove(Connection& connection, const std::string& id) {
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + Names(database_.kind()).user + " WHERE id = $1"}, std::vector{text_param(id)}));
  return {};
}

Result<void> AccountTables::insert_refresh(Connection& connection, const RefreshRow& row) {
  INGOT_TRY_VOID(connection.run({"INSERT INTO " + Names(database_.kind()).refresh + " (digest, user_id, family, expires_at, used) VALUES ($1, $2, $3, $4, $5)"},
                                std::vector{text_param(row.digest), text_param(row.user_id), text_param(row.family), integer_param(row.expires_at), integer_param(row.used ? 1 : 0)}));
  return {};
}

Result<std::optional<RefreshRow>> AccountTables::find_refresh(Connection& connection, const std::string& digest) {
  INGOT_TRY(const auto rows, connection.run({"SELECT user_id, family, CAST(expires_at AS TEXT), CAST(used AS TEXT) FROM " + Names(database_.kind()).refresh + " WHERE digest = $1"},
                                            std::vector{text_param(digest)}));
  if (rows.empty()) return std::optional<RefreshRow>();
  const HostRow& row = rows.front();
  INGOT_TRY(const std::int64_t expires_at, integer(row.at(2)));
  return std::optional<RefreshRow>(RefreshRow{digest, row.at(0).value_or(""), row.at(1).value_or(""), expires_at, row.at(3).value_or("") != "0"});
}

// The database decides the race: of two updates at the same time the second waits for the first, and then finds no row that is not used.
Result<bool> AccountTables::use_refresh(Connection& connection, const std::string& digest) {
  INGOT_TRY(const auto rows, connection.run({"UPDATE " + Names(database_.kind()).refresh + " SET used = 1 WHERE digest = $1 AND used = 0 RETURNING digest"}, std::vector{text_param(digest)}));
  return !rows.empty();
}

Result<void> AccountTables::remove_family(Connection& connection, const std::string& family) {
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + Names(database_.kind()).refresh + " WHERE family = $1"}, std::vector{text_param(family)}));
  return {};
}

Result<void> AccountTables::remove_all_refresh(Connection& connection, const std::string& user_id) {
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + Names(database_.kind()).refresh + " WHERE user_id = $1"}, std::vector{text_param(user_id)}));
  return {};
}

Result<void> AccountTables::remove_ended(Connection& connection, std::int64_t now) {
  INGOT_TRY_VOID(connection.run({"DELETE FROM " + Names(database_.kind()).refresh + " WHERE expires_at < $1"}, std::vector{integer_param(now)}));
  return {};
}

}  // namespace ingot::db
