// SPDX-License-Identifier: Apache-2.0
#include "application.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "db/rollback.hpp"
#include "dispatch/request_json.hpp"
#include "dispatch/response_json.hpp"
#include "observe/log.hpp"
#include "open_database.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot {

const char* module_state_name(ModuleState state) {
  switch (state) {
    case ModuleState::active: return "active";
    case ModuleState::inactive: return "inactive";
    case ModuleState::quarantined: return "quarantined";
  }
  return "?";
}

const char* module_change_name(ModuleChange change) {
  switch (change) {
    case ModuleChange::added: return "new";
    case ModuleChange::changed: return "changed";
    case ModuleChange::unchanged: return "unchanged";
  }
  return "?";
}

Result<std::unique_ptr<Application>> Application::load(const Config& config, Migrate migrate, const std::set<std::string>& allow_rollback) {
  return load(config, migrate, allow_rollback, nullptr);
}

Result<std::unique_ptr<Application>> Application::load_next(const Config& config, const Application& previous) { return load(config, Migrate::apply, {}, &previous); }

Result<std::unique_ptr<Application>> Application::load(const Config& config, Migrate migrate, const std::set<std::string>& allow_rollback, const Application* previous) {
  auto application = std::unique_ptr<Application>(new Application(config));
  application->allow_rollback_ = allow_rollback;
  application->previous_ = previous;

  // Whom to trust, and what is there. Nothing of any module has been read yet.
  INGOT_TRY(const bundle::TrustPolicy trust, load_trust(config.trust));
  INGOT_TRY(std::vector<modules::Found> found, modules::discover(config.module_roots));

  // The sandbox must stand before the first guest runs.
  INGOT_TRY_VOID(sandbox::install_fault_handler());
  INGOT_TRY_VOID(sandbox::start_watchdog());

  // Without a database nothing can be migrated or served: this is the one outside thing that must work at start.
  INGOT_TRY_VOID(application->open_database(migrate));

  // Dependencies decide the order. Whoever cannot be placed is left out with its reason.
  const modules::Order order = modules::decide_order(found);
  for (modules::Found& module : found) application->modules_.emplace_back().found = std::move(module);
  for (const auto& [index, reason] : order.left_out) {
    ModuleEntry& entry = application->modules_[index];
    if (reason == "inactive") {
      entry.state = ModuleState::inactive;
      entry.reason = "\"active\": false in its module.json";
    } else {
      application->quarantine(entry, ErrorCode::config, reason);
    }
  }

  // Level by level: verify, map, run once, migrate. From here on modules run and the database changes.
  for (std::size_t level = 0; level < order.levels.size(); ++level) {
    for (const std::size_t index : order.levels[level]) application->modules_[index].level = static_cast<int>(level);
    application->load_level(order.levels[level], trust, migrate);
    application->quarantine_dependants();
  }

  // Plugins know nothing of modules or the database: what each needs was granted by the configuration.
  if (migrate == Migrate::apply) application->load_plugins(trust);

  // The table of routes is complete and never changes after this line.
  application->freeze_routes();

  // Whoever answers today must answer tomorrow: else nothing changes, and the generation before serves on.
  if (previous != nullptr) INGOT_TRY_VOID(application->check_takes_over(*previous));
  application->previous_ = nullptr;

  // What runs now is the oldest that may run from here on.
  if (migrate == Migrate::apply) INGOT_TRY_VOID(application->record_versions());
  return application;
}

Application::~Application() = default;

Result<void> Application::open_database(Migrate migrate) {
  if (migrate != Migrate::leave) {
    INGOT_TRY(use_, share_database(config_));
  }
  INGOT_TRY(database_, ingot::open_database(config_, migrate == Migrate::leave));  // who only looks creates nothing
  connections_ = std::make_unique<db::ConnectionPool>(*database_, db::PoolOptions{config_.connections_max});
  connection_gate_ = std::make_unique<host::eerp::ConnectionGate>(config_.connections_max);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(config_.connect_timeout_s);
  INGOT_TRY(db::Lease lease, connections_->acquire(deadline));
  if (migrate != Migrate::leave) INGOT_TRY_VOID(db::Migrator(*database_).prepare(*lease));
  INGOT_TRY(const auto records, db::RollbackTable(*database_).read(*lease));
  for (const auto& [name, record] : records) seen_.emplace(name, bundle::SeenVersion{record.counter, record.version});
  return {};
}

Result<void> Application::check_takes_over(const Application& previous) const {
  std::optional<Error> lost;
  for (const ModuleEntry& before : previous.modules_) {
    if (before.state != ModuleState::active) continue;
    const ModuleEntry* now = entry(before.found.description.name);
    if (now == nullptr || now->state != ModuleState::quarantined) continue;  // removed, or inactive: that was somebody's wish
    const std::string reason = "module '" + before.found.description.name + "': " + now->reason;
    lost = lost ? Error{lost->code, lost->message + "; " + reason} : Error{now->code, reason};
  }
  for (const PluginEntry& before : previous.plugins_) {
    const PluginEntry* now = plugin(before.config.name);
    if (before.state != ModuleState::active || now == nullptr || now->state == ModuleState::active) continue;
    const std::string reason = "plugin '" + before.config.name + "': " + now->reason;
    lost = lost ? Error{lost->code, lost->message + "; " + reason} : Error{now->code, reason};
  }
  if (lost) return *lost;
  return {};
}

const ModuleEntry* Application::entry(std::string_view name) const {
  const auto found = std::ranges::find_if(modules_, [&](const ModuleEntry& candidate) { return candidate.found.description.name == name; });
  return found == modules_.end() ? nullptr : &*found;
}

const PluginEntry* Application::plugin(std::string_view name) const {
  const auto found = std::ranges::find_if(plugins_, [&](const PluginEntry& candidate) { return candidate.config.name == name; });
  return found == plugins_.end() ? nullptr : &*found;
}

void Application::load_plugins(const bundle::TrustPolicy& trust) {
  for (const plugins::PluginConfig& config : config_.plugins) {
    PluginEntry& entry = plugins_.emplace_back();
    entry.config = config;
    // Routes of both stand below /api/NAME.
    if (this->entry(config.name) != nullptr) {
      quarantine(entry, Error{ErrorCode::config, "a module has this name, too"});
      continue;
    }
    auto loaded = plugins::ServedPlugin::load(config, trust, {.memory_bytes_max = config_.memory_bytes_max, .call_deadline_ms = config_.call_deadline_ms});
    if (!loaded.ok()) {
      quarantine(entry, loaded.error());
      continue;
    }
    entry.plugin = std::move(loaded).value();
    entry.state = ModuleState::active;
    observe::log(observe::Level::info, "plugin loaded", {{"module", config.name}, {"routes", std::to_string(config.routes.size())}, {"digest", entry.plugin->digests().front()}});
  }
  std::vector<std::shared_ptr<plugins::ServedPlugin>> loaded;
  for (const PluginEntry& entry : plugins_) {
    if (entry.plugin != nullptr) loaded.push_back(entry.plugin);
  }
  resting_ = std::make_unique<plugins::Resting>(std::move(loaded));
}

void Application::quarantine(PluginEntry& entry, const Error& error) {
  entry.state = ModuleState::quarantined;
  entry.code = error.code;
  entry.reason = error.message;
  entry.plugin = nullptr;
  observe::log(observe::Level::error, "plugin quarantined", {{"module", entry.config.name}, {"reason", error.message}});
}

Result<void> Application::record_versions() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(config_.connect_timeout_s);
  INGOT_TRY(db::Lease lease, connections_->acquire(deadline));
  for (const ModuleEntry& entry : modules_) {
    if (entry.state != ModuleState::active) continue;
    const format::Manifest& manifest = entry.module->loaded().manifest();
    // Mostly nothing is new, and then nothing is written.
    const auto seen = seen_.find(manifest.name);
    if (seen != seen_.end() && seen->second.counter >= manifest.rollback) continue;
    auto raised = db::RollbackTable(*database_).raise(*lease, manifest.name, {manifest.rollback, manifest.version});
    if (!raised.ok()) return std::move(raised).error().with_context("while the rollback counter of module '" + manifest.name + "' was kept");
  }
  return {};
}

Result<void> Application::accept_rollback(const std::string& name) {
  const auto entry = std::ranges::find_if(modules_, [&](const ModuleEntry& candidate) { return candidate.found.description.name == name; });
  if (entry == modules_.end()) return Error{ErrorCode::not_found, "there is no module '" + name + "' in " + config_.path};
  if (entry->state != ModuleState::active) return Error{entry->code, "module '" + name + "' does not start, so nothing was changed: " + entry->reason};
  const format::Manifest& manifest = entry->module->loaded().manifest();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(config_.connect_timeout_s);
  INGOT_TRY(db::Lease lease, connections_->acquire(deadline));
  return db::RollbackTable(*database_).replace(*lease, manifest.name, {manifest.rollback, manifest.version});
}

void Application::load_level(const std::vector<std::size_t>& level, const bundle::TrustPolicy& trust, Migrate migrate) {
  // Modules of one level know nothing of each other, so they load at the same time. A future per module; a level has few.
  std::vector<std::pair<std::size_t, std::future<Result<void>>>> loading;
  for (const std::size_t index : level) {
    ModuleEntry& entry = modules_[index];
    if (!entry.reason.empty()) continue;
    loading.emplace_back(index, std::async(std::launch::async, [this, &entry, &trust, migrate] { return load_module(entry, trust, migrate); }));
  }
  for (auto& [index, future] : loading) {
    ModuleEntry& entry = modules_[index];
    const Result<void> outcome = future.get();
    if (!outcome.ok()) {
      quarantine(entry, outcome.error().code, outcome.error().message);
      continue;
    }
    entry.state = ModuleState::active;
    observe::log(observe::Level::info, "module loaded",
                 {{"module", entry.found.description.name}, {"version", entry.found.description.version},
                  {"routes", std::to_string(entry.module->routes().size())}, {"change", module_change_name(entry.change)}});
  }
}

Result<void> Application::load_module(ModuleEntry& entry, const bundle::TrustPolicy& trust, Migrate migrate) {
  INGOT_TRY(bundle::VerifiedBundle bundle, bundle::open_and_verify(entry.found.bundle_path, trust));
  if (!allow_rollback_.contains(entry.found.description.name)) {
    INGOT_TRY_VOID(bundle::check_rollback(bundle, seen_, "let this one back with `ingot modules --allow-rollback " +
                                                             entry.found.description.name + " " + config_.path + "`"));
  }
  host::eerp::ModuleLimits module_limits;
  module_limits.memory_bytes_max = config_.memory_bytes_max;
  module_limits.instances_max = config_.instances_per_module;
  // The same code as before is not mapped again, and calls on it go on. It was verified again above: whoever signed it may be trusted no more.
  const ModuleEntry* before = previous_ != nullptr ? previous_->entry(entry.found.description.name) : nullptr;
  if (before != nullptr && before->module != nullptr) {
    entry.change = ModuleChange::changed;
    const host::eerp::Module& known = *before->module;
    if (before->state == ModuleState::active && known.loaded().bundle().digest() == bundle.digest() && known.limits() == module_limits &&
        known.description().depends == entry.found.description.depends && known.description().versions == entry.found.description.versions && known.description().version == entry.found.description.version) {
      entry.change = ModuleChange::unchanged;
      entry.module = before->module;
      entry.api = before->api;
      entry.files = before->files;
    }
  }
  if (entry.module == nullptr) {
    INGOT_TRY(entry.module, host::eerp::Module::load(std::move(bundle), entry.found.description, module_limits));
  }
  if (entry.files == nullptr) {
    INGOT_TRY(StaticFiles files, static_files_of(entry.module->loaded().bundle()));
    entry.files = std::make_shared<const StaticFiles>(std::move(files));
  }
  if (entry.api == nullptr) {
    entry.api = describe_api(*entry.module);
    if (const std::string complaint = entry.api->complaint(); !complaint.empty()) {
      observe::log(observe::Level::warn, "a module's routes and their description differ", {{"module", entry.found.description.name}, {"reason", complaint}});
    }
  }
  if (migrate != Migrate::apply || !entry.found.description.auto_install) return {};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  INGOT_TRY(db::Lease lease, connections_->acquire(deadline));
  INGOT_TRY(const int applied, db::Migrator(*database_, config_.migration_timeouts).apply(*lease, entry.module->migrations(), deadline));
  if (applied > 0) {
    observe::log(observe::Level::info, "migrations applied",
                 {{"module", entry.found.description.name}, {"versions", std::to_string(applied)}});
  }
  return {};
}

void Application::quarantine(ModuleEntry& entry, ErrorCode code, const std::string& reason) {
  entry.state = ModuleState::quarantined;
  entry.code = code;
  entry.reason = reason;
  observe::log(observe::Level::error, "module quarantined", {{"module", entry.found.description.name}, {"reason", reason}});
}

void Application::quarantine_dependants() {
  for (ModuleEntry& entry : modules_) {
    if (!entry.reason.empty() || entry.state == ModuleState::active) continue;
    for (const std::string& name : entry.found.description.depends) {
      const auto other = std::ranges::find_if(modules_, [&](const ModuleEntry& e) { return e.found.description.name == name; });
      if (other != modules_.end() && !other->reason.empty()) {
        quarantine(entry, other->code, "depends on '" + name + "', which is not available: " + other->reason);
        break;
      }
    }
  }
}

void Application::freeze_routes() {
  dispatch::RouterBuilder builder;
  for (ModuleEntry& entry : modules_) {
    if (entry.state != ModuleState::active) continue;
    const std::string& name = entry.found.description.name;
    const auto add_all = [&]() -> Result<void> {
      for (const auto& route : entry.module->routes()) {
        INGOT_TRY_VOID(builder.add(route.method, dispatch::full_pattern(name, route.path), {name, route.handler_id, route.path, route.permission}));
      }
      for (std::size_t i = 0; i < entry.files->files.size(); ++i) {
        const std::string path = "/" + entry.files->files[i].path;
        INGOT_TRY_VOID(builder.add("GET", dispatch::full_pattern(name, path), {name, 0, path, entry.files->permission, i}));
      }
      return {};
    };
    if (const auto added = add_all(); !added.ok()) quarantine(entry, added.error().code, added.error().message);
  }
  for (PluginEntry& entry : plugins_) {
    if (entry.state == ModuleState::active) add_routes(builder, entry);
  }
  router_ = std::move(builder).build();
}

void Application::add_routes(dispatch::RouterBuilder& builder, PluginEntry& entry) {
  const std::string& name = entry.config.name;
  for (std::size_t i = 0; i < entry.config.routes.size(); ++i) {
    const plugins::PluginRoute& route = entry.config.routes[i];
    const auto added = builder.add(route.method, dispatch::full_pattern(name, route.path), {.module = name, .handler_id = static_cast<std::uint32_t>(i), .pattern = route.path, .permission = route.permission, .plugin = true});
    if (!added.ok()) return quarantine(entry, added.error());
  }
}

host::eerp::Module* Application::find(std::string_view name) {
  for (ModuleEntry& entry : modules_) {
    if (entry.state == ModuleState::active && entry.found.description.name == name) return entry.module.get();
  }
  return nullptr;
}

Result<void> Application::check_ready() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  INGOT_TRY(db::Lease lease, connections_->acquire(deadline));
  INGOT_TRY(const auto rows, lease->run(db::SqlText{"SELECT 1"}));
  if (rows.empty()) return Error{ErrorCode::database, "the database does not answer"};
  return {};
}

namespace {

/// The nesting and the part of the transaction that one call between modules takes: undone unless close() keeps it.
class PartOfTransaction final {
 public:
  explicit PartOfTransaction(host::eerp::RequestScope& scope) : scope_(scope) { ++scope_.depth; }
  ~PartOfTransaction() {
    if (open_) static_cast<void>(close(false).ok());
  }
  PartOfTransaction(const PartOfTransaction&) = delete;
  PartOfTransaction& operator=(const PartOfTransaction&) = delete;
  Result<void> close(bool keep) {
    open_ = false;
    --scope_.depth;
    return scope_.transaction->close_part(keep);
  }

 private:
  host::eerp::RequestScope& scope_;
  bool open_ = true;
};

/// What another module's outcome means to the caller.
Result<host::eerp::CallAnswer> answer_of(const std::string& name, const instance::TextOutcome& outcome) {
  if (const auto* trap = std::get_if<sandbox::Trap>(&outcome)) {
    observe::log(observe::Level::error, "call to a module failed",
                 {{"module", name}, {"reason", sandbox::describe_trap(*trap)}, {"backtrace", sandbox::backtrace_text(trap->backtrace)}});
    const ErrorCode code = sandbox::trap_is_limit(trap->kind) ? ErrorCode::deadline : ErrorCode::internal;
    return Error{code, "module '" + name + "' " + sandbox::describe_trap(*trap)};
  }
  if (const auto* error = std::get_if<Error>(&outcome)) return *error;
  const auto parsed = dispatch::parse_module_response(std::get<std::string>(outcome));
  if (const auto* refusal = std::get_if<dispatch::Refusal>(&parsed)) {
    return Error{ErrorCode::internal, "module '" + name + "': " + refusal->message};
  }
  const auto& response = std::get<dispatch::ModuleResponse>(parsed);
  return host::eerp::CallAnswer{response.status, std::string(response.body)};
}

}  // namespace

Result<host::eerp::CallAnswer> Application::call(const std::string& name, const host::eerp::CallRequest& request,
                                                 host::eerp::RequestScope& scope) {
  host::eerp::Module* module = find(name);
  if (module == nullptr) return Error{ErrorCode::unavailable, "module '" + name + "' is not active"};
  const std::size_t question = request.path.find('?');
  const std::string path = request.path.substr(0, question);
  const std::string query = question == std::string::npos ? "" : request.path.substr(question + 1);
  const std::string full_path = "/api/" + name + path;
  const dispatch::RouteResult route = router_.find(request.method, full_path);
  const auto* match = std::get_if<dispatch::Match>(&route);
  if (match == nullptr || match->target->module != name || match->target->file) {
    return Error{ErrorCode::not_found, "module '" + name + "' has no route " + request.method + " " + path};
  }
  const std::vector<dispatch::Header> headers{{"content-type", "application/json"}};
  dispatch::RequestParts parts;
  parts.method = match->method;
  parts.path = full_path;
  parts.route = match->target->pattern;
  parts.params = match->params;
  parts.query = query;
  parts.headers = headers;
  parts.request_id = scope.request_id;
  parts.identity = scope.identity;
  parts.body = request.body;
  const auto text = dispatch::build_request_json(parts);
  if (const auto* refusal = std::get_if<dispatch::Refusal>(&text)) return Error{ErrorCode::not_found, refusal->message};

  // The other module works in a part of the transaction of its own: when it answers 400 or more, or traps, what it wrote is undone. The
  // part is closed on every way out, an exception's included.
  INGOT_TRY_VOID(scope.transaction->open_part());
  PartOfTransaction part(scope);
  const instance::TextOutcome outcome = module->handle(match->target->handler_id, std::get<std::string>(text), scope);
  INGOT_TRY(host::eerp::CallAnswer answer, answer_of(name, outcome));
  INGOT_TRY_VOID(part.close(answer.status < 400));
  return answer;
}

}  // namespace ingot
