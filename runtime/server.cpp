// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <sched.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/page.hpp"
#include "admin_overview.hpp"
#include "auth_routes.hpp"
#include "dispatch/envelope.hpp"
#include "dispatch/permission.hpp"
#include "dispatch/request_json.hpp"
#include "identity/access.hpp"
#include "metrics_text.hpp"
#include "module_data_routes.hpp"
#include "module_logs.hpp"
#include "module_report.hpp"
#include "module_request.hpp"
#include "module_switch.hpp"
#include "module_uninstall.hpp"
#include "observe/log.hpp"
#include "plugin_report.hpp"
#include "plugin_request.hpp"

namespace ingot {

namespace {
constexpr std::chrono::milliseconds drain_grace{10'000};
constexpr std::size_t queued_requests_max = 1024;
constexpr std::size_t fibers_max = 1024;  // requests to modules at once, of one thread
constexpr std::size_t io_threads_max = 64;
constexpr std::size_t queued_changes_max = 16;
constexpr const char* metrics_permission = "ingot:metrics:read";
constexpr const char* admin_permission = "ingot:admin:read";
constexpr const char* modules_permission = "ingot:modules:manage";
constexpr const char* export_permission = "ingot:data:export";
constexpr const char* purge_permission = "ingot:data:purge";
constexpr std::string_view module_prefix = "/api/modules/";
constexpr std::string_view plugins_path = "/api/plugins";
constexpr std::string_view document_path = "/api/openapi.json";

/// Of the processors, those that this process may use.
std::size_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

/// What one request at a time may do. The turn ends when it is said or, where nobody comes to say it, with the last that holds it.
class Turn final {
 public:
  /// The turn, or nullptr while another has it. `taken` outlives it.
  static std::shared_ptr<Turn> take(std::atomic<bool>& taken) {
    if (taken.exchange(true)) return nullptr;
    return std::make_shared<Turn>(taken);
  }
  explicit Turn(std::atomic<bool>& taken) : taken_(&taken) {}
  ~Turn() { end(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// Once or more often; by one thread at a time.
  void end() {
    if (std::atomic<bool>* const taken = std::exchange(taken_, nullptr)) *taken = false;
  }

 private:
  std::atomic<bool>* taken_;
};

bool is_own_path(std::string_view path) {
  return path == "/health" || path == "/ready" || path == "/metrics" || path == "/api/modules" || path == plugins_path || path == document_path || is_auth_path(path);
}

dispatch::HttpResponse success(const nlohmann::json& data, const dispatch::HttpRequest& request, int status = 200) {
  dispatch::HttpResponse response;
  response.status = status;
  response.body = dispatch::success_envelope(data.dump(), request.request_id, std::chrono::system_clock::now());
  return response;
}

dispatch::HttpResponse refuse(const dispatch::HttpRequest& request, int status, std::string code, std::string message) {
  return dispatch::refusal_response({status, std::move(code), std::move(message)}, request.request_id);
}

// RFC 6750 section 3: what is wrong with a bearer's token is said in WWW-Authenticate too.

dispatch::HttpResponse refuse_token(const dispatch::HttpRequest& request, const std::string& why) {
  auto response = refuse(request, 401, "UNAUTHENTICATED", why);
  response.headers.push_back({"WWW-Authenticate", "Bearer error=\"invalid_token\""});
  return response;
}

std::optional<dispatch::HttpResponse> refuse_permission(const dispatch::HttpRequest& request, const identity::Caller& caller, const std::string& permission) {
  if (permission.empty() || dispatch::permits(caller.granted, permission)) return std::nullopt;
  const std::string why = "this route needs the permission " + permission;
  auto response = caller.principal ? refuse(request, 403, "FORBIDDEN", why) : refuse(request, 401, "UNAUTHENTICATED", why);
  response.headers.push_back({"WWW-Authenticate", caller.principal ? "Bearer error=\"insufficient_scope\"" : "Bearer"});
  return response;
}

dispatch::HttpResponse refuse_method(const dispatch::HttpRequest& request, const std::string& allow) {
  auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows " + allow);
  response.headers.push_back({"Allow", allow});
  return response;
}

bool reads(const dispatch::HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

/// For the host's own routes: nothing when the caller has the permission; `who`, if not null, is then the caller.
std::optional<dispatch::HttpResponse> refuse_stranger(const Config& config, const dispatch::HttpRequest& request, PendingRequest& pending, const char* permission,
                                                      identity::Caller* who = nullptr) {
  auto caller = identity::caller_of(request.headers, config.access, std::chrono::system_clock::now());
  if (!caller.ok()) return refuse_token(request, caller.error().message);
  if (caller->principal) pending.set_caller(caller->principal->subject, caller->principal->tenant);
  auto refusal = refuse_permission(request, *caller, permission);
  if (who != nullptr) *who = std::move(caller).value();
  return refusal;
}

/// No route has this path. A module that is switched off says so.
dispatch::HttpResponse refuse_unknown(const Application& application, const dispatch::HttpRequest& request) {
  constexpr std::string_view prefix = "/api/";
  if (request.path.starts_with(prefix)) {
    const std::string_view rest = std::string_view(request.path).substr(prefix.size());
    const ModuleEntry* entry = application.entry(rest.substr(0, rest.find('/')));
    if (entry != nullptr && entry->state == ModuleState::inactive) return refuse(request, 403, "MODULE_INACTIVE", "the module is switched off");
  }
  return refuse(request, 404, "NOT_FOUND", "no such route");
}

void warn_of(const Config& config) {
  if (!config.weak_master_key) return;
  observe::log(observe::Level::warn, "master_key is too short: no token that it signs is believed (RFC 7518 asks for 32 bytes)",
               {{"next_step", "set a master_key of 32 bytes or more, or ingot.identity.jwks"}});
}

/// Keys whose new value waits for a restart: the port and the threads are there already.
std::vector<std::string> needs_restart(const Config& before, const Config& after) {
  std::vector<std::string> keys;
  if (before.address != after.address) keys.emplace_back("backend_host");
  if (before.port != after.port) keys.emplace_back("backend_port");
  if (before.worker_threads != after.worker_threads) keys.emplace_back("thread_pool");
  if (before.request_body_bytes_max != after.request_body_bytes_max) keys.emplace_back("request_body_limit");
  if (before.tls.has_value() != after.tls.has_value()) keys.emplace_back("ingot.tls");
  return keys;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Config& config) {
  auto server = std::unique_ptr<Server>(new Server);
  warn_of(config);

  // Modules first: when the port opens, everything behind it is there.
  INGOT_TRY(auto application, Application::load(config, Application::Migrate::apply));
  server->generation_ = Generation::make(std::move(application), nullptr);

  // Guests run as fibers of the threads that have the sockets. These are for what may block; what replaces modules has a thread of its own.
  const std::size_t io_threads = std::min(usable_cores(), io_threads_max);
  server->workers_ = std::make_unique<dispatch::WorkerPool>(config.worker_threads, queued_requests_max + io_threads * fibers_max);
  server->blocking_ = std::make_unique<BlockingOnWorkers>(*server->workers_);
  server->lifecycle_ = std::make_unique<dispatch::WorkerPool>(1, queued_changes_max);

  dispatch::HttpOptions options;
  options.address = config.address;
  options.port = config.port;
  options.body_bytes_max = config.request_body_bytes_max;
  options.io_threads = io_threads;
  options.driver = [](dispatch::IoLoop& io) { run_fibers_beside(io, fibers_max); };
  if (config.tls) {
    INGOT_TRY(const dispatch::TlsIdentity tls, dispatch::read_tls(*config.tls));
    options.tls = tls.context;
  }
  Server* const self = server.get();
  INGOT_TRY(server->http_, dispatch::HttpServer::listen(options, [self](dispatch::HttpRequest request, dispatch::Reply reply) {
              self->on_request(std::move(request), std::move(reply));
            }));
  return server;
}

Server::~Server() {
  if (lifecycle_) lifecycle_->stop();
  if (workers_) workers_->stop();
}

void Server::run() {
  http_->run();
  lifecycle_->stop();
  workers_->stop();
}

void Server::stop() { http_->stop(drain_grace); }

Server::Pinned Server::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void Server::on_request(dispatch::HttpRequest request, dispatch::Reply reply) {
  // What serves now serves this request to its end, whatever takes over meanwhile.
  const Pinned now = generation();
  auto pending = std::make_shared<PendingRequest>(std::shared_ptr<const PendingRequest::Shared>(now, &now->for_all_requests), request);
  dispatch::Reply finish = [now, pending, reply = std::move(reply)](dispatch::HttpResponse response) { reply(pending->finish(std::move(response))); };
  if (auto preflight = now->for_all_requests.cors.preflight(request)) return finish(std::move(*preflight));
  if (request.path.starts_with(module_prefix)) return answer_lifecycle(now, std::move(request), std::move(finish), *pending);
  if (admin::is_page_path(request.path) || request.path == admin_overview_path) return answer_admin(now, std::move(request), std::move(finish), *pending);
  if (is_own_path(request.path)) return answer_own(now, std::move(request), std::move(finish), *pending);
  answer_by_module(now, std::move(request), std::move(finish), *pending);
}

// Our own routes need no guest. What may wait for the database, for a password's hash or for the kernel goes to a worker like a module's request.
void Server::answer_own(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  const bool auth = is_auth_path(request.path);
  if (auth ? request.method != "POST" : !reads(request)) return reply(refuse_method(request, auth ? "POST" : "GET, HEAD"));
  if (!auth && request.path != "/api/modules" && request.path != plugins_path && request.path != document_path) pending.set_routine();
  if (request.path == "/health") return reply(answer_health(request));
  if (request.path == "/api/modules") return reply(answer_modules(*now, request));
  if (request.path == plugins_path) {
    if (auto refusal = refuse_stranger(now->config(), request, pending, admin_permission)) return reply(std::move(*refusal));
    return reply(answer_plugins(*now, request));
  }
  if (request.path == "/metrics") {
    if (auto refusal = refuse_stranger(now->config(), request, pending, metrics_permission)) return reply(std::move(*refusal));
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  on_worker(*workers_, shared_request->request_id, reply, [this, now, auth, shared_request, reply] {
    if (auth) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(now->config().call_deadline_ms);
      return reply(answer_auth(*now->sign_in, *shared_request, now->config().secure_cookies, deadline));
    }
    if (shared_request->path == document_path) return reply(answer_document(*now));
    reply(shared_request->path == "/ready" ? answer_ready(*now, *shared_request) : answer_metrics(*now));
  });
}

// The page itself is the same for everybody and says nothing of this server. Its figures need a permission, and every page that is open asks for them each two seconds.
void Server::answer_admin(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  if (!reads(request)) return reply(refuse_method(request, "GET, HEAD"));
  if (admin::is_page_path(request.path)) return reply(admin::page_response());
  pending.set_routine();
  OverviewContext context{http_->connection_count(), started_, {}, false};
  if (auto refusal = refuse_stranger(now->config(), request, pending, admin_permission, &context.caller)) return reply(std::move(*refusal));
  context.may_manage = dispatch::permits(context.caller.granted, modules_permission);
  on_worker(*workers_, request.request_id, reply, [now, reply, context = std::move(context), request_id = request.request_id] {
    dispatch::HttpResponse response;
    // What a module wrote need not be UTF-8.
    const std::string data = admin_overview(*now, context).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    response.body = dispatch::success_envelope(data, request_id, std::chrono::system_clock::now());
    response.headers.push_back({"Cache-Control", "no-store"});
    reply(std::move(response));
  });
}

void Server::answer_by_module(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  dispatch::RouteResult route = now->application->router().find(request.method, request.path);
  if (std::holds_alternative<dispatch::NotFound>(route)) return reply(refuse_unknown(*now->application, request));
  if (std::holds_alternative<dispatch::BadPath>(route)) return reply(refuse(request, 400, "BAD_REQUEST", "malformed path"));
  if (const auto* other = std::get_if<dispatch::MethodNotAllowed>(&route)) {
    std::string allow;
    for (const std::string& method : other->allow) allow += (allow.empty() ? "" : ", ") + method;
    return reply(refuse_method(request, allow));
  }
  const dispatch::RouteTarget& target = *std::get<dispatch::Match>(route).target;
  pending.set_module(target.module);

  // Who calls, and may they? Before any guest hears of it.
  auto caller = identity::caller_of(request.headers, now->config().access, std::chrono::system_clock::now());
  if (!caller.ok()) return reply(refuse_token(request, caller.error().message));
  if (caller->principal) pending.set_caller(caller->principal->subject, caller->principal->tenant);
  if (auto refusal = refuse_permission(request, *caller, target.permission)) return reply(std::move(*refusal));

  if (target.file) {  // copied, and perhaps compressed: not on the thread that has the sockets
    const ServedFile* const file = &now->application->entry(target.module)->files->files[*target.file];  // its route is there, so it is; `now` keeps it
    auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
    return on_worker(*workers_, shared_request->request_id, reply, [now, file, shared_request, reply] { reply(answer_static_file(*file, *shared_request)); });
  }
  struct Work {
    Pinned now;
    dispatch::HttpRequest request;
    dispatch::Reply reply;
    dispatch::RouteResult route;
    identity::Caller caller;
  };
  const auto work = std::make_shared<Work>(now, std::move(request), std::move(reply), std::move(route), std::move(caller).value());
  const bool begun = run_as_fiber([this, work] {
    try {
      const auto& match = std::get<dispatch::Match>(work->route);
      const auto answer = match.target->plugin ? answer_plugin_request : answer_module_request;
      work->reply(answer(*work->now->application, match, work->request, work->caller, *blocking_));
    } catch (const std::exception& exception) {  // out of memory; the reply's end without an answer is an answer
      observe::log(observe::Level::error, "request failed", {{"request_id", work->request.request_id}, {"reason", exception.what()}});
    }
  });
  if (!begun) answer_busy(work->request.request_id, work->reply);
}

void Server::answer_lifecycle(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  std::string name = request.path.substr(module_prefix.size());
  const auto asks_for = [&name](std::string_view what) {
    const bool so = name.ends_with(what);
    if (so) name.resize(name.size() - what.size());
    return so;
  };
  if (asks_for("/export")) return answer_module_export(now, std::move(name), std::move(request), std::move(reply), pending);
  if (asks_for("/purge")) return answer_module_purge(now, std::move(name), std::move(request), std::move(reply), pending);
  const bool reload = asks_for("/reload"), logs = !reload && asks_for("/logs"), preview = !reload && !logs && asks_for("/uninstall");
  const bool remove = !reload && !logs && !preview && request.method == "DELETE";
  const bool changes = remove || (!logs && !preview && (reload ? request.method == "POST" : request.method == "PUT"));
  // Who may not ask is told so first, whether there is such a module or not any more.
  identity::Caller who;
  if (changes || ((logs || preview) && reads(request))) {
    if (logs) pending.set_routine();  // who follows a log asks every second or so
    if (auto refusal = refuse_stranger(now->config(), request, pending, logs ? admin_permission : modules_permission, &who)) return reply(std::move(*refusal));
  }
  const ModuleEntry* entry = now->application->entry(name);
  if (entry == nullptr) return reply(refuse(request, 404, "NOT_FOUND", "there is no such module"));
  if (!changes && (reload || !reads(request))) return reply(refuse_method(request, reload ? "POST" : logs || preview ? "GET, HEAD" : "GET, HEAD, PUT, DELETE"));
  if (logs) return reply(answer_module_logs(name, request));
  if (preview) {
    auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
    return on_worker(*workers_, shared_request->request_id, reply, [now, shared_request, reply, name] { reply(answer_uninstall_preview(now->config(), name, *shared_request)); });
  }
  if (!changes) return reply(success(report_module(*entry), request));

  if (remove) {
    if (!request.query.empty()) return reply(refuse(request, 400, "BAD_REQUEST", "DELETE keeps a module's data and takes no query: POST /api/modules/NAME/purge drops them afterwards"));
    auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
    return on_worker(*lifecycle_, shared_request->request_id, reply, [this, shared_request, reply, name, subject = who.principal ? who.principal->subject : std::string()] {
      reply(uninstall_module(*shared_request, name, subject));
    });
  }
  bool active = true;
  if (!reload) {
    const auto body = nlohmann::json::parse(request.body, nullptr, false);
    if (!dispatch::is_json_media_type(dispatch::find_header(request.headers, "content-type")) || !body.is_object() || body.size() != 1 || !body.contains("active") || !body["active"].is_boolean()) {
      return reply(refuse(request, 400, "BAD_REQUEST", "the body must be {\"active\":true} or {\"active\":false}, as application/json"));
    }
    active = body["active"].get<bool>();
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  on_worker(*lifecycle_, shared_request->request_id, reply, [this, reload, active, name = std::move(name), shared_request, reply] {
    reply(reload ? reload_module(*shared_request, name) : switch_module(*shared_request, name, active));
  });
}

// Rows of all tenants leave, or are lost: that is more than managing modules, so each has a permission of its own. The module need not be there any more.
void Server::answer_module_export(const Pinned& now, std::string name, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  if (!reads(request)) return reply(refuse_method(request, "GET, HEAD"));
  if (auto refusal = refuse_stranger(now->config(), request, pending, export_permission)) return reply(std::move(*refusal));
  const auto turn = Turn::take(exporting_);
  if (!turn) return answer_busy(request.request_id, reply);
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  on_worker(*workers_, shared_request->request_id, reply, [now, turn, name = std::move(name), shared_request, reply] {
    dispatch::HttpResponse response = answer_export(now->config(), name, *shared_request);
    turn->end();  // before the reply: who has his answer may ask again at once
    reply(std::move(response));
  });
}

void Server::answer_module_purge(const Pinned& now, std::string name, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  if (request.method != "POST") return reply(refuse_method(request, "POST"));
  identity::Caller who;
  if (auto refusal = refuse_stranger(now->config(), request, pending, purge_permission, &who)) return reply(std::move(*refusal));
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  on_worker(*lifecycle_, shared_request->request_id, reply, [this, name = std::move(name), shared_request, reply, subject = who.principal ? who.principal->subject : std::string()] {
    reply(answer_purge(*generation()->application, name, *shared_request, subject));
  });
}

dispatch::HttpResponse Server::switch_module(const dispatch::HttpRequest& request, const std::string& name, bool active) {
  const Pinned now = generation();
  const ModuleEntry* entry = now->application->entry(name);
  if (entry == nullptr) return refuse(request, 404, "NOT_FOUND", "there is no such module");
  if (active ? entry->state == ModuleState::active : entry->state == ModuleState::inactive) return success(report_module(*entry), request);
  if (!active) {
    std::string dependants;
    for (const ModuleEntry& other : now->application->modules()) {
      const auto& depends = other.found.description.depends;
      if (other.state == ModuleState::active && std::ranges::find(depends, name) != depends.end()) dependants += (dependants.empty() ? "" : ", ") + other.found.description.name;
    }
    if (!dependants.empty()) return refuse(request, 409, "HAS_DEPENDANTS", "these active modules depend on it: " + dependants + "; deactivate them first");
  }

  // The file first, then what serves. When the module does not come up, the file is as it was.
  const std::string folder = entry->found.folder;
  const auto before = write_active(folder, active);
  if (!before.ok()) return refuse(request, 500, "INTERNAL_ERROR", "its module.json cannot be written: " + before.error().message);
  std::string why;
  if (const auto done = reload(); !done.ok()) {
    why = done.error().message;
  } else if (const Pinned next = generation(); active) {
    const ModuleEntry* there = next->application->entry(name);
    if (there == nullptr || there->state != ModuleState::active) why = there == nullptr ? "it is gone" : there->reason;
  }
  if (why.empty()) {
    const Pinned next = generation();
    return success(report_module(*next->application->entry(name)), request);
  }
  if (const auto restored = write_module_json(folder, *before); !restored.ok()) observe::log(observe::Level::error, "a module.json could not be put back", {{"reason", restored.error().message}});
  static_cast<void>(reload().ok());  // what failed is logged, and quarantined as it would be at a start
  return refuse(request, 409, "NOT_CHANGED", why);
}

dispatch::HttpResponse Server::reload_module(const dispatch::HttpRequest& request, const std::string& name) {
  if (const auto done = reload(); !done.ok()) return refuse(request, 409, "NOT_CHANGED", done.error().message);
  const Pinned next = generation();
  const ModuleEntry* entry = next->application->entry(name);
  if (entry == nullptr) return refuse(request, 404, "NOT_FOUND", "the module is gone");
  return success(report_module(*entry), request);
}

dispatch::HttpResponse Server::uninstall_module(const dispatch::HttpRequest& request, const std::string& name, const std::string& subject) {
  const Pinned now = generation();
  const auto preview = look_for_uninstall(now->config(), name);
  if (!preview.ok()) return refuse_uninstall(preview.error(), request);
  if (!preview->found) return refuse(request, 404, "NOT_FOUND", "there is no such module");
  if (const std::string needed = preview->needed_by(); !needed.empty()) {
    return refuse(request, 409, "HAS_DEPENDANTS", "these active modules depend on it: " + needed + "; deactivate or uninstall them first");
  }

  // First no module any more, then the reload, and only then the files: when the reload is refused, everything is as it was.
  const auto hidden = HiddenModule::hide(*preview);
  if (!hidden.ok()) return refuse(request, 409, "NOT_CHANGED", hidden.error().message);
  if (const auto done = reload(); !done.ok()) {
    const auto restored = hidden->restore();
    if (!restored.ok()) observe::log(observe::Level::error, "a module's folder could not be put back", {{"module", name}, {"reason", restored.error().message}});
    return refuse(request, 409, "NOT_CHANGED", done.error().message);
  }
  observe::log(observe::Level::warn, "module uninstalled; its data are kept", {{"module", name}, {"request_id", request.request_id}, {"subject", subject}});
  if (const auto removed = hidden->remove(); !removed.ok()) {
    observe::log(observe::Level::error, "the files of a module that is uninstalled could not be removed", {{"module", name}, {"reason", removed.error().message}});
    return refuse(request, 500, "INTERNAL_ERROR", "the module is uninstalled, but its files could not be removed: " + removed.error().message);
  }
  return success(report_uninstall(name, *preview, true), request);
}

void Server::reload_soon(std::function<void()> done) {
  const bool taken = lifecycle_->try_submit([this, done] {
    static_cast<void>(reload().ok());
    done();
  });
  if (taken) return;
  observe::log(observe::Level::warn, "too many reloads wait; this one is left out");
  done();
}

Result<void> Server::reload() {
  const Pinned before = generation();
  std::optional<dispatch::TlsIdentity> tls;
  const auto load = [&]() -> Result<Pinned> {
    INGOT_TRY(const Config config, load_config(before->config().path));
    warn_of(config);
    for (const std::string& key : needs_restart(before->config(), config)) {
      observe::log(observe::Level::warn, "a changed setting counts after a restart only", {{"key", key}});
    }
    if (before->config().tls && config.tls) {
      INGOT_TRY(tls, dispatch::read_tls(*config.tls));
    }
    INGOT_TRY(auto application, Application::load_next(config, *before->application));
    return Generation::make(std::move(application), before.get());
  };
  auto next = load();
  if (!next.ok()) {
    observe::log(observe::Level::error, "reload refused; what was served is served", {{"reason", next.error().message}});
    return next.error();
  }
  observe::configure_log((*next)->config().log_format, (*next)->config().log_level);
  {
    const std::lock_guard lock(mutex_);
    generation_ = std::move(next).value();
  }
  if (tls) http_->use_tls(tls->context);
  observe::log(observe::Level::info, "reloaded");
  return {};
}

void Server::on_worker(dispatch::WorkerPool& pool, const std::string& request_id, const dispatch::Reply& reply, std::function<void()> job) {
  if (!pool.try_submit(std::move(job))) answer_busy(request_id, reply);
}

void Server::answer_busy(const std::string& request_id, const dispatch::Reply& reply) {
  reply(dispatch::refusal_response({503, "UNAVAILABLE", "the server is busy; try again"}, request_id));
}

dispatch::HttpResponse Server::answer_health(const dispatch::HttpRequest& request) const {
  return success({{"status", "ok"}}, request);
}

dispatch::HttpResponse Server::answer_ready(Generation& now, const dispatch::HttpRequest& request) {
  nlohmann::json quarantined = nlohmann::json::array();
  for (const ModuleEntry& entry : now.application->modules()) {
    if (entry.state == ModuleState::quarantined) {
      quarantined.push_back({{"module", entry.found.description.name}, {"reason", entry.reason}});
    }
  }
  for (const PluginEntry& entry : now.application->plugins()) {
    if (entry.state == ModuleState::quarantined) quarantined.push_back({{"module", entry.config.name}, {"reason", entry.reason}});
  }
  if (const auto answers = now.application->check_ready(); !answers.ok()) {
    observe::log(observe::Level::error, "the database does not answer", {{"reason", answers.error().message}});
    return refuse(request, 503, "DATABASE_UNAVAILABLE", "the database does not answer");
  }
  return success({{"status", quarantined.empty() ? "ready" : "degraded"}, {"quarantined", quarantined}}, request);
}

dispatch::HttpResponse Server::answer_metrics(Generation& now) const {
  dispatch::HttpResponse response;
  response.content_type = metrics_content_type;
  response.body = metrics_text(*now.application, *now.metrics, http_->connection_count(), started_);
  return response;
}

dispatch::HttpResponse Server::answer_document(const Generation& now) {
  dispatch::HttpResponse response;
  response.body = now.api_document.of(*now.application);
  return response;
}

dispatch::HttpResponse Server::answer_modules(const Generation& now, const dispatch::HttpRequest& request) {
  nlohmann::json list = nlohmann::json::array();
  for (const ModuleEntry& entry : now.application->modules()) list.push_back(report_module(entry));
  return success(list, request);
}

dispatch::HttpResponse Server::answer_plugins(const Generation& now, const dispatch::HttpRequest& request) {
  nlohmann::json list = nlohmann::json::array();
  for (const PluginEntry& entry : now.application->plugins()) list.push_back(report_plugin(entry));
  return success(list, request);
}

}  // namespace ingot
