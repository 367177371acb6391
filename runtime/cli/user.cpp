// SPDX-License-Identifier: Apache-2.0
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "accounts/admin.hpp"
#include "cli/commands.hpp"
#include "config.hpp"
#include "db/migrate.hpp"
#include "open_database.hpp"

namespace ingot::cli {
namespace {

/// While it lives, what is typed is not shown.
class Quiet final {
 public:
  Quiet() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
  }
  ~Quiet() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  termios before_{};
  bool changed_;
};

Result<std::string> ask_password() {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  const auto line = [&](const char* prompt) {
    std::string text;
    if (terminal) std::fputs(prompt, stderr);
    std::getline(std::cin, text);
    if (terminal) std::fputs("\n", stderr);
    return text;
  };
  if (!terminal) {
    std::string password = line("");
    if (password.empty()) return Error{ErrorCode::invalid_argument, "there is no password on standard input: give it as one line"};
    return password;
  }
  const Quiet quiet;
  std::string password = line("Password: ");
  if (line("The same again: ") != password) return Error{ErrorCode::invalid_argument, "the two are not the same; nothing was changed"};
  return password;
}

void print(const std::vector<db::UserRow>& users, bool json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const db::UserRow& user : users) {
    if (json) {
      list.push_back({{"id", user.id}, {"email", user.email}, {"tenant", user.tenant}, {"active", user.active}, {"roles", user.roles}});
      continue;
    }
    std::string roles;
    for (const std::string& role : user.roles) roles += (roles.empty() ? "" : ", ") + role;
    std::printf("%s  %-32s %-8s %-12s %s\n", user.id.c_str(), user.email.c_str(), user.active ? "active" : "disabled", user.tenant.empty() ? "-" : user.tenant.c_str(), roles.c_str());
  }
  if (json) std::printf("%s\n", list.dump(2).c_str());
}

Result<void> run_verb(UserVerb verb, const UserOptions& options) {
  INGOT_TRY(const Config config, load_config(options.config));
  // What can be refused is refused before anybody types a password.
  std::string password;
  if (verb == UserVerb::add || verb == UserVerb::password) {
    INGOT_TRY(password, ask_password());
  }

  std::optional<db::UseLock> use;
  if (verb != UserVerb::list) {
    INGOT_TRY(use, share_database(config));
  }
  INGOT_TRY(const auto database, open_database(config, verb == UserVerb::list));
  db::ConnectionPool connections(*database, db::PoolOptions{1});
  {
    INGOT_TRY(db::Lease lease, connections.acquire(db::Clock::now() + std::chrono::seconds(config.connect_timeout_s)));
    if (verb != UserVerb::list) {
      INGOT_TRY_VOID(db::Migrator(*database).prepare(*lease));
    } else {
      INGOT_TRY(const bool there, db::AccountTables(*database).exists(*lease));
      if (!there) {
        print({}, options.json);
        return {};
      }
    }
  }
  accounts::Administration administration(*database, connections);
  for (const std::string& role : options.roles) {
    if (!config.access.roles.contains(role)) std::fprintf(stderr, "ingot: warning: the configuration's ingot.identity.roles grants nothing to '%s'\n", role.c_str());
  }
  switch (verb) {
    case UserVerb::add: {
      INGOT_TRY(const std::string id, administration.add({options.email, password, options.tenant, options.roles}));
      if (config.access.tokens.secret.empty()) std::fprintf(stderr, "ingot: warning: nobody can sign in before the configuration has a \"master_key\" of 32 bytes or more\n");
      std::printf(options.json ? "{\"id\":\"%s\"}\n" : "%s\n", id.c_str());
      return {};
    }
    case UserVerb::list: {
      INGOT_TRY(const auto users, administration.list());
      print(users, options.json);
      return {};
    }
    case UserVerb::password: return administration.set_password(options.email, password);
    case UserVerb::roles: return administration.set_roles(options.email, options.roles);
    case UserVerb::enable: return administration.set_active(options.email, true);
    case UserVerb::disable: return administration.set_active(options.email, false);
    case UserVerb::remove: return administration.remove(options.email);
  }
  return {};
}

}  // namespace

int user(UserVerb verb, const UserOptions& options) {
  const auto done = run_verb(verb, options);
  return done.ok() ? 0 : report(done.error(), options.json);
}

}  // namespace ingot::cli
