// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration: one JSON file. EERP's eerp-config.json is accepted as it is (unknown keys ignored); Ingot's own settings stand in
// the object "ingot", where an unknown key is an error. Immutable after load.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "db/migrate.hpp"
#include "dispatch/cors.hpp"
#include "dispatch/http_tls.hpp"
#include "identity_config.hpp"
#include "observe/log.hpp"
#include "plugins/plugin_config.hpp"
#include "trust_config.hpp"

namespace ingot {

struct Config {
  std::string path;                          ///< of the file; relative paths inside it start at its folder
  std::vector<std::string> module_roots;     ///< "module_root"; absolute
  std::string address = "127.0.0.1";         ///< "backend_host"
  std::uint16_t port = 8080;                 ///< "backend_port"; 0 = any free port
  unsigned worker_threads = 20;              ///< "thread_pool"
  unsigned instances_per_module = 5;         ///< "container_pool"
  unsigned connections_max = 10;             ///< "max_connection"
  unsigned connect_timeout_s = 10;           ///< "connect_timeout"

  bool use_postgres = false;                 ///< true when "db_host" is set
  std::string db_host, db_port = "5432";     ///< one each, or lists with commas (db/postgres_hosts.hpp), which fit
  std::string db_name, db_user, db_password;
  std::string sqlite_path;                   ///< ingot.sqlite_path; default "ingot.db" beside the file; absolute

  TrustConfig trust;                         ///< ingot.trusted_keys, revoked, signatures_required, allow_unsigned
  identity::AccessRules access;              ///< master_key, ingot.identity, ingot.anonymous_permissions; default: nobody is anybody and may do nothing
  std::chrono::seconds access_ttl{3600};       ///< "access_ttl_seconds"
  std::chrono::seconds refresh_ttl{604'800};   ///< "refresh_ttl_seconds"
  unsigned auth_attempts_per_minute = 20;      ///< "auth_rate_limit_per_minute", of one client address
  std::optional<dispatch::TlsFiles> tls;       ///< "ingot.tls"; nothing: HTTP in the clear
  bool secure_cookies = true;                  ///< unless "public_address" begins with http://
  dispatch::Cors cors;                         ///< "allowed_origins"; default: no page of another origin
  std::uint64_t request_body_bytes_max;        ///< "request_body_limit"
  std::vector<plugins::PluginConfig> plugins;  ///< "ingot.plugins"
  bool log_requests = true;                    ///< ingot.log.requests
  bool audit_statements = false;               ///< ingot.audit.statements: modules' own statements that change rows are in the audit trail, too
  bool weak_master_key = false;              ///< there is one, too short for tokens: it is not used
  std::uint64_t memory_bytes_max;              ///< ingot.limits.memory_mib, per instance
  std::uint64_t call_deadline_ms;              ///< ingot.limits.call_deadline_ms, host calls included
  db::MigrationTimeouts migration_timeouts;    ///< ingot.migrations.lock_timeout_ms, statement_timeout_ms; PostgreSQL
  observe::LogFormat log_format = observe::LogFormat::text;  ///< ingot.log.format
  observe::Level log_level = observe::Level::info;           ///< ingot.log.level
};

/// Errors: config, naming the key; io.
Result<Config> load_config(const std::string& path);

}  // namespace ingot
