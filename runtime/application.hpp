// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything that a configuration stands for, without a socket: the database, the modules in their order, their migrations
// and the frozen routes. `ingot serve` puts an HTTP server before it; `ingot modules` and `ingot migrate` use parts of it.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api_description.hpp"
#include "base/result.hpp"
#include "bundle/rollback.hpp"
#include "config.hpp"
#include "db/connection.hpp"
#include "db/migrate.hpp"
#include "db/pool.hpp"
#include "db/use_lock.hpp"
#include "dispatch/router.hpp"
#include "host/eerp/module.hpp"
#include "modules/discovery.hpp"
#include "plugins/resting.hpp"
#include "plugins/served_plugin.hpp"
#include "static_files.hpp"

namespace ingot {

enum class ModuleState { active, inactive, quarantined };
const char* module_state_name(ModuleState state);

/// What a module is beside the generation before: by the digest of its bundle.
enum class ModuleChange { added, changed, unchanged };
const char* module_change_name(ModuleChange change);

struct ModuleEntry {
  modules::Found found;
  ModuleState state = ModuleState::quarantined;
  std::string reason;                            ///< why it is not active
  ErrorCode code = ErrorCode::config;            ///< what kind of reason that is; means nothing while active
  int level = -1;                                ///< loading level, -1 when it was never tried
  ModuleChange change = ModuleChange::added;     ///< means something once it was loaded
  std::shared_ptr<host::eerp::Module> module;    ///< null unless its bundle was loaded; an unchanged one is shared with the generation before
  std::shared_ptr<const ApiDescription> api;     ///< what `module` says of its routes; null with it
  std::shared_ptr<const StaticFiles> files;      ///< what its bundle brings along; null with it, in whose memory they are
};

/// A plugin of the configuration: active, or quarantined for a reason.
struct PluginEntry {
  plugins::PluginConfig config;
  ModuleState state = ModuleState::quarantined;
  std::string reason;                               ///< why it is not active
  ErrorCode code = ErrorCode::config;               ///< what kind of reason that is
  std::shared_ptr<plugins::ServedPlugin> plugin;    ///< null unless it was loaded
};

class Application final : public host::eerp::Directory {
 public:
  /// What load() does with the modules' migrations. `prepare` makes only the host's own tables; `leave`
  /// writes nothing at all, not even a file.
  enum class Migrate { apply, prepare, leave };

  /// Narrated in application.cpp. A bad module is quarantined with its reason; only what concerns all modules is an error:
  /// config, io, database.
  /// A module named in `allow_rollback` may be older than what ran here; the others are quarantined then.
  static Result<std::unique_ptr<Application>> load(const Config& config, Migrate migrate, const std::set<std::string>& allow_rollback = {});
  /// The next generation of `previous`, which goes on serving and may be used meanwhile: what is unchanged is shared with it. When a module that is active there would be
  /// quarantined here, that is an error (its code, and the reasons), and no module's oldest version has moved; migrations of modules that did start have been applied.
  static Result<std::unique_ptr<Application>> load_next(const Config& config, const Application& previous);
  ~Application() override;
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  const Config& config() const { return config_; }
  const std::vector<ModuleEntry>& modules() const { return modules_; }
  /// Null where there is none of that name.
  const ModuleEntry* entry(std::string_view name) const;
  const std::vector<PluginEntry>& plugins() const { return plugins_; }
  /// Null where there is none of that name.
  const PluginEntry* plugin(std::string_view name) const;
  const dispatch::Router& router() const { return router_; }
  db::Database& database() { return *database_; }
  db::ConnectionPool& connections() { return *connections_; }
  host::eerp::ConnectionGate& connection_gate() { return *connection_gate_; }
  host::eerp::Module* find(std::string_view name);
  /// Makes the running version of this module the oldest that may run here, in place of a newer one. REQUIRES: not Migrate::leave.
  /// Errors: not_found; what kept the module from starting; database.
  Result<void> accept_rollback(const std::string& name);
  /// True when no module is quarantined and the database answers.
  Result<void> check_ready();
  /// True when nobody else uses the database: no other process, and no generation of this one. REQUIRES: not Migrate::leave; one thread at a time. Errors: database.
  Result<bool> is_only_user() { return use_->is_the_only_one(); }

  Result<host::eerp::CallAnswer> call(const std::string& name, const host::eerp::CallRequest& request,
                                      host::eerp::RequestScope& scope) override;

 private:
  explicit Application(Config config) : config_(std::move(config)) {}
  static Result<std::unique_ptr<Application>> load(const Config& config, Migrate migrate, const std::set<std::string>& allow_rollback, const Application* previous);
  Result<void> check_takes_over(const Application& previous) const;
  Result<void> open_database(Migrate migrate);
  Result<void> record_versions();
  void load_level(const std::vector<std::size_t>& level, const bundle::TrustPolicy& trust, Migrate migrate);
  Result<void> load_module(ModuleEntry& entry, const bundle::TrustPolicy& trust, Migrate migrate);
  void load_plugins(const bundle::TrustPolicy& trust);
  void quarantine(PluginEntry& entry, const Error& error);
  void add_routes(dispatch::RouterBuilder& builder, PluginEntry& entry);
  void quarantine(ModuleEntry& entry, ErrorCode code, const std::string& reason);
  void quarantine_dependants();
  void freeze_routes();

  Config config_;
  std::set<std::string> allow_rollback_;
  const Application* previous_ = nullptr;  ///< while load() runs
  bundle::SeenVersions seen_;  ///< as the database had it before the first module started
  std::optional<db::UseLock> use_;  ///< nobody replaces the database meanwhile; none of Migrate::leave
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<db::ConnectionPool> connections_;
  std::unique_ptr<host::eerp::ConnectionGate> connection_gate_;
  std::vector<ModuleEntry> modules_;
  std::vector<PluginEntry> plugins_;  ///< in the order of the configuration
  std::unique_ptr<plugins::Resting> resting_;
  dispatch::Router router_;
};

}  // namespace ingot
