// SPDX-License-Identifier: Apache-2.0
#include "open_database.hpp"

#include <filesystem>

namespace ingot {

Result<std::unique_ptr<db::Database>> open_database(const Config& config, bool look_only) {
  if (config.use_postgres) return db::open_postgres(postgres_options(config));
  const bool in_memory = look_only && !std::filesystem::exists(config.sqlite_path);
  return db::open_sqlite({in_memory ? ":memory:" : config.sqlite_path});
}

db::PostgresOptions postgres_options(const Config& config) {
  db::PostgresOptions options;
  options.host = config.db_host;
  options.port = config.db_port;
  options.name = config.db_name;
  options.user = config.db_user;
  options.password = config.db_password;
  options.connect_timeout_s = static_cast<int>(config.connect_timeout_s);
  return options;
}

Result<db::UseLock> share_database(const Config& config) {
  const db::Deadline deadline = db::Clock::now() + std::chrono::seconds(config.connect_timeout_s);
  if (!config.use_postgres) return db::UseLock::share(config.sqlite_path, deadline);
  INGOT_TRY(const auto database, db::open_postgres(postgres_options(config)));
  return db::UseLock::share(*database, deadline);
}

Result<db::UseLock> lock_database(const Config& config) {
  constexpr std::chrono::seconds patience{2};  // for what a server that has just ended leaves behind
  if (!config.use_postgres) return db::UseLock::alone(config.sqlite_path, db::Clock::now() + patience);
  INGOT_TRY(const auto database, db::open_postgres(postgres_options(config)));
  return db::UseLock::alone(*database, db::Clock::now() + patience);
}

}  // namespace ingot
