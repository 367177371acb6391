// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_checks.hpp"

#include <netdb.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "bundle/cpu_level.hpp"
#include "db/postgres_hosts.hpp"
#include "limits.hpp"
#include "open_database.hpp"
#include "sandbox/dirty_pages.hpp"

namespace ingot::cli {
namespace {

constexpr int cpu_level_min = 2;
constexpr std::uint64_t mappings_per_instance = 6;
constexpr std::uint64_t days = 24 * 60 * 60;
constexpr std::uint64_t free_bytes_min = 1 * limits::GiB;

Finding good(std::string about, std::string what) { return {Health::ok, std::move(about), std::move(what), ""}; }

std::uint64_t now_seconds() { return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count()); }

Finding check_cpu() {
  const int level = bundle::cpu_level();
  const std::string name = "x86-64-v" + std::to_string(level);
  if (level >= cpu_level_min) return good("processor", name);
  return {Health::failure, "processor", name + "; bundles need x86-64-v2, this one lacks " + bundle::missing_features(cpu_level_min), "use a machine of 2009 or later"};
}

Finding check_page_scan() {
  // One page, written: a kernel that can tell gives one run.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return {Health::failure, "kernel", std::string("no memory: ") + std::strerror(errno), "free some"};
  *static_cast<volatile char*>(memory) = 1;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  std::array<sandbox::PageRun, 1> runs{};
  const bool tells = sandbox::written_pages(begin, begin + page, sandbox::ZeroPages::untouched, 1, runs).has_value();
  ::munmap(memory, page);
  if (tells) return good("kernel", "tells which pages a guest wrote to");
  return {Health::warning, "kernel", "cannot tell which pages a guest wrote to (PAGEMAP_SCAN), so instances are reset more slowly", "use Linux 6.7 or later"};
}

Finding check_memory_files() {
  const int file = static_cast<int>(::memfd_create("ingot-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file < 0) return {Health::failure, "kernel", std::string("no memory files: ") + std::strerror(errno), "allow memfd_create: bundles are mapped from sealed ones"};
  ::close(file);
  return good("kernel", "has memory files that can be sealed");
}

Finding check_address_space() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    return {Health::failure, "limits", "the address space is limited to " + std::to_string(limit.rlim_cur / limits::MiB) + " MiB; each instance reserves 8 GiB of it (not of memory)", "ulimit -v unlimited"};
  }
  return good("limits", "address space is not limited");
}

Finding check_mappings(const Config* config) {
  std::uint64_t allowed = 0;
  std::ifstream("/proc/sys/vm/max_map_count") >> allowed;
  const std::uint64_t instances = config == nullptr ? 0 : config->instances_per_module;
  const std::string what = "vm.max_map_count is " + std::to_string(allowed);
  constexpr std::uint64_t modules_supposed = 100;
  if (allowed >= instances * modules_supposed * mappings_per_instance) return good("limits", what);
  return {Health::warning, "limits", what + ", which a hundred modules with " + std::to_string(instances) + " instances each could use up", "sysctl -w vm.max_map_count=1048576"};
}

Finding check_files(const Config* config) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::uint64_t wanted = 4096 + (config == nullptr ? 0 : 4ull * config->connections_max);  // clients, and three files a connection of SQLite's
  if (limit.rlim_cur >= wanted) return good("limits", std::to_string(limit.rlim_cur) + " open files");
  return {Health::warning, "limits", std::to_string(limit.rlim_cur) + " open files, fewer than " + std::to_string(wanted) + " connections may want", "ulimit -n 65536"};
}

const char* version_state(db::VersionState state) {
  switch (state) {
    case db::VersionState::changed: return "was changed after it was applied";
    case db::VersionState::orphaned: return "is in the history but not in the module";
    default: return "";
  }
}

}  // namespace

std::vector<Finding> check_machine(const Config* config) {
  return {check_cpu(), check_page_scan(), check_memory_files(), check_address_space(), check_mappings(config), check_files(config)};
}

std::vector<Finding> check_configuration(const Config& config) {
  std::vector<Finding> found;
  struct stat status {};
  const bool has_secrets = !config.db_password.empty() || !config.access.tokens.secret.empty() || config.weak_master_key;
  if (has_secrets && ::stat(config.path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    found.push_back({Health::warning, "configuration", "holds secrets, and others may read it", "chmod 600 " + config.path});
  }
  if (config.weak_master_key) found.push_back({Health::warning, "identity", "master_key is shorter than 32 bytes: nobody can sign in, no token of it is believed", "set one of 32 bytes or more (openssl rand -base64 32)"});
  if (config.trust.allow_unsigned) found.push_back({Health::warning, "trust", "unsigned bundles are served", "sign them, and take \"allow_unsigned\" out"});
  if (config.trust.keys.empty() && !config.trust.allow_unsigned) found.push_back({Health::failure, "trust", "no key is trusted, so no bundle is served", "name one in ingot.trusted_keys"});
  for (const TrustConfig::Key& key : config.trust.keys) {
    if (key.not_after == 0) continue;
    if (key.not_after < now_seconds()) {
      found.push_back({Health::failure, "trust", key.path + " is trusted no more: its time is over", "name the key that follows it"});
    } else if (key.not_after < now_seconds() + 30 * days) {
      found.push_back({Health::warning, "trust", key.path + " ends in " + std::to_string((key.not_after - now_seconds()) / days) + " days", "sign with the key that follows, and name it too"});
    }
  }
  if (config.tls) {
    const auto tls = dispatch::read_tls(*config.tls);
    const auto ends = tls.ok() ? std::chrono::duration_cast<std::chrono::seconds>(tls->expires_at.time_since_epoch()).count() : 0;
    if (!tls.ok()) {
      found.push_back({Health::failure, "tls", tls.error().message, "put a certificate and its key, PEM files, where ingot.tls says"});
    } else if (static_cast<std::uint64_t>(ends) < now_seconds() + 30 * days) {
      found.push_back({Health::warning, "tls", "the certificate ends in " + std::to_string((static_cast<std::uint64_t>(ends) - now_seconds()) / days) + " days",
                       "put a new one in its place and send SIGHUP"});
    }
  }
  if (found.empty()) found.push_back(good("configuration", "trusts " + std::to_string(config.trust.keys.size()) + " keys, " + std::to_string(config.trust.signatures_required) + " of them have to sign"));
  return found;
}

Finding check_port(const Config& config) {
  if (config.port == 0) return good("port", "any free one");
  const std::string where = config.address + ":" + std::to_string(config.port);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(config.address.c_str(), std::to_string(config.port).c_str(), &hints, &list) != 0) return {Health::failure, "port", config.address + " is no address", "write an IPv4 or IPv6 address in backend_host"};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  const int socket = ::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int bound = ::bind(socket, list->ai_addr, list->ai_addrlen);
  const int error = errno;
  ::close(socket);
  if (bound == 0) return good("port", where + " is free");
  if (error == EADDRINUSE) return good("port", where + " is in use: a server runs");
  return {Health::failure, "port", where + ": " + std::strerror(error), error == EACCES ? "ports below 1024 need a right of their own: choose another backend_port" : "check backend_host and backend_port"};
}

std::vector<Finding> check_disk(const Config& config) {
  if (config.use_postgres) return {};
  const std::filesystem::path folder = std::filesystem::path(config.sqlite_path).parent_path();
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return {{Health::failure, "disk", folder.string() + ": " + error.message(), "make the folder of ingot.sqlite_path"}};
  if (::access(folder.c_str(), W_OK) != 0) return {{Health::failure, "disk", folder.string() + " cannot be written to by this user", "run as the server's user, or give it the folder"}};
  const std::string what = std::to_string(space.available / limits::MiB) + " MiB free for " + config.sqlite_path;
  if (space.available < free_bytes_min) return {{Health::warning, "disk", what, "make room: a full disk stops every write"}};
  return {good("disk", what)};
}

std::vector<Finding> check_database_hosts(const Config& config) {
  const auto hosts = db::parse_postgres_hosts(config.db_host, config.db_port);
  if (!config.use_postgres || !hosts.ok() || hosts->size() < 2) return {};
  std::vector<Finding> found;
  for (const db::PostgresHost& host : *hosts) {
    const auto look = [&]() -> Result<Finding> {
      Config alone = config;
      alone.db_host = host.name;
      alone.db_port = host.port;
      INGOT_TRY(const auto database, open_database(alone, true));
      INGOT_TRY(const auto connection, database->connect(db::Clock::now() + std::chrono::seconds(config.connect_timeout_s)));
      INGOT_TRY(const auto rows, connection->run({"SELECT pg_is_in_recovery()::text"}));
      const bool standby = !rows.empty() && rows[0].at(0) == "true";
      return good("database host", host.name + " port " + host.port + (standby ? " answers, as a standby" : " answers"));
    };
    auto finding = look();
    found.push_back(finding.ok() ? std::move(finding).value()
                                 : Finding{Health::warning, "database host", finding.error().message, "bring it back: until then nothing takes over from the others"});
  }
  return found;
}

std::vector<Finding> check_modules(Application& application) {
  std::vector<Finding> found;
  auto lease = application.connections().acquire(std::chrono::steady_clock::now() + std::chrono::seconds(application.config().connect_timeout_s));
  if (!lease.ok()) found.push_back({Health::failure, "database", lease.error().message, "start it, and check db_host, db_port, db_user and db_password"});
  for (const ModuleEntry& entry : application.modules()) {
    const std::string about = "module " + entry.found.description.name;
    if (entry.state == ModuleState::quarantined) {
      found.push_back({Health::failure, about, entry.reason, "the rest is served without it"});
      continue;
    }
    if (entry.state == ModuleState::inactive) {
      found.push_back(good(about, "switched off"));
      continue;
    }
    std::string pending;
    bool broken = false;
    if (lease.ok()) {
      const auto versions = db::Migrator(application.database()).status(**lease, entry.module->migrations());
      if (!versions.ok()) {
        found.push_back({Health::failure, about, versions.error().message, ""});
        continue;
      }
      for (const db::VersionStatus& version : *versions) {
        if (version.state == db::VersionState::pending) pending += (pending.empty() ? "" : ", ") + std::to_string(version.version);
        if (version.state != db::VersionState::changed && version.state != db::VersionState::orphaned) continue;
        broken = true;
        found.push_back({Health::failure, about, "migration " + std::to_string(version.version) + " " + version_state(version.state), "restore the module's text of that version"});
      }
    }
    if (broken) continue;
    if (const std::string complaint = entry.api->complaint(); !complaint.empty()) {
      found.push_back({Health::warning, about, complaint, "let its openapi text and its routes say the same (abi/OPENAPI.md)"});
    }
    const std::string what = entry.found.description.version + ", " + std::to_string(entry.module->routes().size()) + " routes" + (entry.api->silent ? ", not described" : "");
    if (pending.empty()) {
      found.push_back(good(about, what));
    } else if (entry.found.description.auto_install) {
      found.push_back(good(about, what + "; migrations " + pending + " will be applied at the start"));
    } else {
      found.push_back({Health::warning, about, "migrations " + pending + " are not applied", "ingot migrate apply " + application.config().path});
    }
  }
  return found;
}

}  // namespace ingot::cli
