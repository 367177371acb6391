// SPDX-License-Identifier: Apache-2.0
#include "open_database.hpp"

#include <filesystem>

namespace ingot {

Result<std::unique_ptr<db::Database>> open_database(const Config& config, bool look_only) {
  if (config.use_postgres) {
    db::PostgresOptions options;
    options.host = config.db_host;
    options.port = config.db_port;
    options.name = config.db_name;
    options.user = config.db_user;
    options.password = config.db_password;
    options.connect_timeout_s = static_cast<int>(config.connect_timeout_s);
    return db::open_postgres(options);
  }
  const bool in_memory = look_only && !std::filesystem::exists(config.sqlite_path);
  return db::open_sqlite({in_memory ? ":memory:" : config.sqlite_path});
}

}  // namespace ingot
