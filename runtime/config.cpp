// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "config_key.hpp"
#include "db/postgres_hosts.hpp"
#include "limits.hpp"

namespace ingot {
namespace {

using Json = nlohmann::json;

Result<std::uint64_t> number(const Json& object, const char* key, std::uint64_t fallback, std::uint64_t low, std::uint64_t high) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  std::uint64_t value = 0;
  if (found->is_number_unsigned()) {
    value = found->get<std::uint64_t>();
  } else if (found->is_string()) {  // EERP's files write ports both ways
    const auto text = found->get<std::string>();
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
      return wrong_key(key, "'" + text + "' is not a number");
    }
    value = std::stoull(text);
  } else {
    return wrong_key(key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  if (value < low || value > high) {
    return wrong_key(key, std::to_string(value) + " is outside " + std::to_string(low) + ".." + std::to_string(high));
  }
  return value;
}

Result<std::string> text(const Json& object, const char* key, const std::string& fallback) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return fallback;
  if (!found->is_string()) return wrong_key(key, "must be a string");
  return found->get<std::string>();
}

Result<std::vector<std::string>> texts(const Json& object, const char* key) {
  std::vector<std::string> values;
  const auto found = object.find(key);
  if (found == object.end()) return values;
  if (found->is_string()) return std::vector<std::string>{found->get<std::string>()};
  if (!found->is_array()) return wrong_key(key, "must be a list of strings");
  for (const Json& item : *found) {
    if (!item.is_string()) return wrong_key(key, "must be a list of strings");
    values.push_back(item.get<std::string>());
  }
  return values;
}

/// A number of bytes, or of KiB, MiB or GiB by a letter: 1048576, "1M". EERP's "request_body_limit" is written so.
Result<std::uint64_t> bytes(const Json& object, const char* key, std::uint64_t fallback, std::uint64_t low, std::uint64_t high) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return number(object, key, fallback, low, high);
  std::string text = found->get<std::string>();
  std::uint64_t unit = 1;
  if (text.ends_with("B")) text.pop_back();
  if (text.ends_with("K")) unit = limits::KiB;
  if (text.ends_with("M")) unit = limits::MiB;
  if (text.ends_with("G")) unit = limits::GiB;
  if (unit > 1) text.pop_back();
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return wrong_key(key, "'" + found->get<std::string>() + "' is not a size; write one like 512K or 1M");
  const std::uint64_t value = std::stoull(text) * unit;
  if (value < low || value > high) return wrong_key(key, found->get<std::string>() + " is outside " + std::to_string(low) + ".." + std::to_string(high) + " bytes");
  return value;
}

/// A list of texts, or one text with commas.
Result<std::vector<std::string>> list(const Json& object, const char* key) {
  INGOT_TRY(const auto written, texts(object, key));
  std::vector<std::string> values;
  for (const std::string& text : written) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
      const std::string trimmed(dispatch::trim(part));
      if (!trimmed.empty()) values.push_back(trimmed);
    }
  }
  return values;
}

/// "db_port": a number, written either way, or as many of them with commas as "db_host" has hosts.
Result<std::string> database_ports(const Json& file) {
  const auto found = file.find("db_port");
  const std::string written = found != file.end() && found->is_string() ? found->get<std::string>() : "";
  if (written.ends_with(',')) return wrong_key("db_port", "ends with a comma");
  std::istringstream parts(written);
  std::string ports;
  for (std::string part; std::getline(parts, part, ',');) {
    INGOT_TRY(const std::uint64_t port, number(Json{{"db_port", std::string(dispatch::trim(part))}}, "db_port", 0, 1, 65535));
    ports += (ports.empty() ? "" : ",") + std::to_string(port);
  }
  if (!ports.empty()) return ports;
  INGOT_TRY(const std::uint64_t port, number(file, "db_port", 5432, 1, 65535));
  return std::to_string(port);
}

Result<void> only_known(const Json& object, const std::string& where, const std::set<std::string>& known) {
  for (const auto& item : object.items()) {
    if (!known.contains(item.key())) return wrong_key(where + "." + item.key(), "unknown key");
  }
  return {};
}

Result<void> read_own_section(const Json& own, const std::filesystem::path& folder, Config& config) {
  if (!own.is_object()) return wrong_key("ingot", "must be an object");
  INGOT_TRY_VOID(only_known(own, "ingot", {"trusted_keys", "revoked", "signatures_required", "allow_unsigned", "anonymous_permissions", "identity", "sqlite_path", "tls", "migrations", "limits", "log", "audit", "plugins"}));
  INGOT_TRY(config.trust, read_trust_config(own, folder));
  INGOT_TRY(const std::string sqlite_path, text(own, "sqlite_path", ""));
  if (!sqlite_path.empty()) config.sqlite_path = (folder / sqlite_path).lexically_normal();
  if (own.contains("limits")) {
    const Json& bounds = own["limits"];
    if (!bounds.is_object()) return wrong_key("ingot.limits", "must be an object");
    INGOT_TRY_VOID(only_known(bounds, "ingot.limits", {"memory_mib", "call_deadline_ms"}));
    INGOT_TRY(const std::uint64_t memory, number(bounds, "memory_mib", config.memory_bytes_max / limits::MiB, 1, 4096));
    config.memory_bytes_max = memory * limits::MiB;
    INGOT_TRY(config.call_deadline_ms, number(bounds, "call_deadline_ms", config.call_deadline_ms, 1, 3'600'000));
  }
  if (own.contains("tls")) {
    const Json& tls = own["tls"];
    if (!tls.is_object()) return wrong_key("ingot.tls", "must be an object: {\"certificate\": FILE, \"key\": FILE}");
    INGOT_TRY_VOID(only_known(tls, "ingot.tls", {"certificate", "key"}));
    INGOT_TRY(const std::string certificate, text(tls, "certificate", ""));
    INGOT_TRY(const std::string key, text(tls, "key", ""));
    if (certificate.empty() || key.empty()) return wrong_key("ingot.tls", "needs both \"certificate\" and \"key\", PEM files");
    config.tls = dispatch::TlsFiles{(folder / certificate).lexically_normal(), (folder / key).lexically_normal()};
  }
  if (own.contains("migrations")) {
    const Json& migrations = own["migrations"];
    if (!migrations.is_object()) return wrong_key("ingot.migrations", "must be an object");
    INGOT_TRY_VOID(only_known(migrations, "ingot.migrations", {"lock_timeout_ms", "statement_timeout_ms"}));
    INGOT_TRY(const std::uint64_t lock_ms, number(migrations, "lock_timeout_ms", 0, 0, 3'600'000));
    INGOT_TRY(const std::uint64_t statement_ms, number(migrations, "statement_timeout_ms", 0, 0, 3'600'000));
    config.migration_timeouts = {.lock_ms = static_cast<int>(lock_ms), .statement_ms = static_cast<int>(statement_ms)};
  }
  if (own.contains("plugins")) {
    INGOT_TRY(config.plugins, plugins::read_plugin_configs(own["plugins"], folder));
  }
  if (own.contains("audit")) {
    const Json& audit = own["audit"];
    if (!audit.is_object()) return wrong_key("ingot.audit", "must be an object");
    INGOT_TRY_VOID(only_known(audit, "ingot.audit", {"statements"}));
    if (const auto statements = audit.find("statements"); statements != audit.end()) {
      if (!statements->is_boolean()) return wrong_key("ingot.audit.statements", "must be true or false");
      config.audit_statements = statements->get<bool>();
    }
  }
  if (own.contains("log")) {
    const Json& log = own["log"];
    if (!log.is_object()) return wrong_key("ingot.log", "must be an object");
    INGOT_TRY_VOID(only_known(log, "ingot.log", {"format", "level", "requests"}));
    INGOT_TRY(const std::string format, text(log, "format", "text"));
    if (format != "text" && format != "json") return wrong_key("ingot.log.format", "must be \"text\" or \"json\"");
    config.log_format = format == "json" ? observe::LogFormat::json : observe::LogFormat::text;
    INGOT_TRY(const std::string level, text(log, "level", "info"));
    INGOT_TRY(config.log_level, observe::parse_level(level));
    if (const auto requests = log.find("requests"); requests != log.end()) {
      if (!requests->is_boolean()) return wrong_key("ingot.log.requests", "must be true or false");
      config.log_requests = requests->get<bool>();
    }
  }
  return {};
}

Result<Config> read_config(const Json& file, const std::filesystem::path& folder) {
  if (!file.is_object()) return Error{ErrorCode::config, "the configuration must be a JSON object"};
  Config config;
  config.memory_bytes_max = limits::memory_quota_bytes_default;
  config.call_deadline_ms = limits::call_deadline_ms_default;
  config.sqlite_path = (folder / "ingot.db").lexically_normal();

  INGOT_TRY(const auto roots, texts(file, "module_root"));
  if (roots.empty()) return wrong_key("module_root", "is missing: name at least one folder that holds modules");
  for (const std::string& root : roots) config.module_roots.push_back((folder / root).lexically_normal());
  INGOT_TRY(config.address, text(file, "backend_host", config.address));
  INGOT_TRY(const std::uint64_t port, number(file, "backend_port", config.port, 0, 65535));
  config.port = static_cast<std::uint16_t>(port);
  INGOT_TRY(const std::uint64_t workers, number(file, "thread_pool", config.worker_threads, 1, 1024));
  config.worker_threads = static_cast<unsigned>(workers);
  INGOT_TRY(const std::uint64_t instances, number(file, "container_pool", config.instances_per_module, 1, 10'000));
  config.instances_per_module = static_cast<unsigned>(instances);
  INGOT_TRY(const std::uint64_t connections, number(file, "max_connection", config.connections_max, 1, 10'000));
  config.connections_max = static_cast<unsigned>(connections);
  INGOT_TRY(const std::uint64_t timeout, number(file, "connect_timeout", config.connect_timeout_s, 1, 3600));
  config.connect_timeout_s = static_cast<unsigned>(timeout);

  INGOT_TRY(config.db_host, text(file, "db_host", ""));
  config.use_postgres = !config.db_host.empty();
  INGOT_TRY(config.db_port, database_ports(file));
  if (config.use_postgres) {
    if (const auto hosts = db::parse_postgres_hosts(config.db_host, config.db_port); !hosts.ok()) return wrong_key("db_host", hosts.error().message);
  }
  INGOT_TRY(config.db_name, text(file, "db_name", ""));
  INGOT_TRY(config.db_user, text(file, "db_user", ""));
  INGOT_TRY(config.db_password, text(file, "db_password", ""));
  if (config.use_postgres && (config.db_name.empty() || config.db_user.empty())) {
    return wrong_key("db_host", "is set, so \"db_name\" and \"db_user\" must be set too");
  }
  INGOT_TRY(config.access, read_access_rules(file, folder, config.weak_master_key));
  INGOT_TRY(const std::uint64_t access_ttl, number(file, "access_ttl_seconds", 3600, 30, 86'400));
  config.access_ttl = std::chrono::seconds(access_ttl);
  INGOT_TRY(const std::uint64_t refresh_ttl, number(file, "refresh_ttl_seconds", 604'800, 60, 31'536'000));
  config.refresh_ttl = std::chrono::seconds(refresh_ttl);
  INGOT_TRY(const std::uint64_t attempts, number(file, "auth_rate_limit_per_minute", config.auth_attempts_per_minute, 1, 100'000));
  config.auth_attempts_per_minute = static_cast<unsigned>(attempts);
  INGOT_TRY(const auto origins, list(file, "allowed_origins"));
  auto cors = dispatch::Cors::parse(origins);
  if (!cors.ok()) return wrong_key("allowed_origins", cors.error().message);
  config.cors = std::move(cors).value();
  INGOT_TRY(config.request_body_bytes_max, bytes(file, "request_body_limit", limits::request_body_bytes_max, limits::KiB, limits::GiB));
  INGOT_TRY(const std::string public_address, text(file, "public_address", ""));
  config.secure_cookies = !public_address.starts_with("http://");
  if (file.contains("ingot")) INGOT_TRY_VOID(read_own_section(file["ingot"], folder, config));
  return config;
}

}  // namespace

Result<Config> load_config(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{ErrorCode::io, "cannot open configuration " + path};
  std::ostringstream content;
  content << stream.rdbuf();
  const Json file = Json::parse(content.str(), nullptr, false);
  if (file.is_discarded()) return Error{ErrorCode::config, path + ": not valid JSON"};
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(path, ignored).parent_path();
  auto config = read_config(file, folder);
  if (!config.ok()) return std::move(config).error().with_context(path);
  config->path = path;
  return config;
}

}  // namespace ingot
