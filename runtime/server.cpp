// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <nlohmann/json.hpp>

#include "auth_routes.hpp"
#include "dispatch/envelope.hpp"
#include "dispatch/permission.hpp"
#include "identity/access.hpp"
#include "metrics_text.hpp"
#include "module_report.hpp"
#include "module_request.hpp"
#include "observe/log.hpp"

namespace ingot {

namespace {
constexpr std::chrono::milliseconds drain_grace{10'000};
constexpr std::size_t queued_requests_max = 1024;
constexpr const char* metrics_permission = "ingot:metrics:read";

bool is_own_path(std::string_view path) { return path == "/health" || path == "/ready" || path == "/metrics" || path == "/api/modules" || is_auth_path(path); }

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

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Config& config) {
  auto server = std::unique_ptr<Server>(new Server);

  if (config.weak_master_key) {
    observe::log(observe::Level::warn, "master_key is too short: no token that it signs is believed (RFC 7518 asks for 32 bytes)",
                 {{"next_step", "set a master_key of 32 bytes or more, or ingot.identity.jwks"}});
  }

  // Modules first: when the port opens, everything behind it is there.
  INGOT_TRY(server->application_, Application::load(config, Application::Migrate::apply));

  // Who may come in. Without a secret to sign with, nobody can.
  server->sign_in_ = std::make_unique<accounts::SignIn>(
      server->application_->database(), server->application_->connections(),
      accounts::SignInRules{config.access.tokens, config.access_ttl, config.refresh_ttl, config.auth_attempts_per_minute});

  // What all requests share, and what is counted of them.
  std::vector<std::string> names;
  for (const ModuleEntry& entry : server->application_->modules()) names.push_back(entry.found.description.name);
  server->metrics_ = std::make_unique<observe::RequestMetrics>(names);
  server->for_all_requests_ = {config.cors, server->metrics_.get(), config.log_requests};

  // Guests run on these threads, never on the event loop.
  server->workers_ = std::make_unique<dispatch::WorkerPool>(config.worker_threads, queued_requests_max);

  dispatch::HttpOptions options;
  options.address = config.address;
  options.port = config.port;
  options.body_bytes_max = config.request_body_bytes_max;
  Server* const self = server.get();
  INGOT_TRY(server->http_, dispatch::HttpServer::listen(options, [self](dispatch::HttpRequest request, dispatch::Reply reply) {
              self->on_request(std::move(request), std::move(reply));
            }));
  return server;
}

Server::~Server() {
  if (workers_) workers_->stop();
}

void Server::run() {
  http_->run();
  workers_->stop();
}

void Server::stop() { http_->stop(drain_grace); }

void Server::on_request(dispatch::HttpRequest request, dispatch::Reply reply) {
  auto pending = std::make_shared<PendingRequest>(for_all_requests_, request);
  dispatch::Reply finish = [pending, reply = std::move(reply)](dispatch::HttpResponse response) { reply(pending->finish(std::move(response))); };
  if (auto preflight = for_all_requests_.cors.preflight(request)) return finish(std::move(*preflight));
  if (is_own_path(request.path)) {
    answer_own(std::move(request), std::move(finish), *pending);
  } else {
    answer_by_module(std::move(request), std::move(finish), *pending);
  }
}

// Our own routes need no guest. What may wait for the database, for a password's hash or for the kernel goes to a worker like a module's request.
void Server::answer_own(dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  const bool auth = is_auth_path(request.path);
  if (auth ? request.method != "POST" : request.method != "GET" && request.method != "HEAD") {
    const std::string allow = auth ? "POST" : "GET, HEAD";
    auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows " + allow);
    response.headers.push_back({"Allow", allow});
    return reply(std::move(response));
  }
  if (!auth && request.path != "/api/modules") pending.set_routine();
  if (request.path == "/health") return reply(answer_health(request));
  if (request.path == "/api/modules") return reply(answer_modules(request));
  if (request.path == "/metrics") {
    auto caller = identity::caller_of(request.headers, application_->config().access, std::chrono::system_clock::now());
    if (!caller.ok()) return reply(refuse_token(request, caller.error().message));
    if (auto refusal = refuse_permission(request, *caller, metrics_permission)) return reply(std::move(*refusal));
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  const std::string request_id = shared_request->request_id;
  on_worker(request_id, reply, [this, auth, shared_request, reply] {
    if (auth) {
      const Config& config = application_->config();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(config.call_deadline_ms);
      return reply(answer_auth(*sign_in_, *shared_request, config.secure_cookies, deadline));
    }
    reply(shared_request->path == "/ready" ? answer_ready(*shared_request) : answer_metrics());
  });
}

void Server::answer_by_module(dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending) {
  dispatch::RouteResult route = application_->router().find(request.method, request.path);
  if (std::holds_alternative<dispatch::NotFound>(route)) return reply(refuse(request, 404, "NOT_FOUND", "no such route"));
  if (std::holds_alternative<dispatch::BadPath>(route)) return reply(refuse(request, 400, "BAD_REQUEST", "malformed path"));
  if (const auto* other = std::get_if<dispatch::MethodNotAllowed>(&route)) {
    std::string allow;
    for (const std::string& method : other->allow) allow += (allow.empty() ? "" : ", ") + method;
    auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows " + allow);
    response.headers.push_back({"Allow", allow});
    return reply(std::move(response));
  }
  const dispatch::RouteTarget& target = *std::get<dispatch::Match>(route).target;
  pending.set_module(target.module);

  // Who calls, and may they? Before any guest hears of it.
  auto caller = identity::caller_of(request.headers, application_->config().access, std::chrono::system_clock::now());
  if (!caller.ok()) return reply(refuse_token(request, caller.error().message));
  if (caller->principal) pending.set_caller(caller->principal->subject, caller->principal->tenant);
  if (auto refusal = refuse_permission(request, *caller, target.permission)) return reply(std::move(*refusal));

  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  const std::string request_id = shared_request->request_id;
  on_worker(request_id, reply, [this, shared_request, reply, route = std::move(route), identity = identity::identity_json(*caller)] {
    reply(answer_module_request(*application_, std::get<dispatch::Match>(route), *shared_request, identity));
  });
}

void Server::on_worker(const std::string& request_id, const dispatch::Reply& reply, std::function<void()> job) {
  if (workers_->try_submit(std::move(job))) return;
  auto response = dispatch::refusal_response({503, "UNAVAILABLE", "the server is busy; try again"}, request_id);
  response.headers.push_back({"Retry-After", "1"});
  reply(std::move(response));
}

dispatch::HttpResponse Server::answer_health(const dispatch::HttpRequest& request) const {
  return success({{"status", "ok"}}, request);
}

dispatch::HttpResponse Server::answer_ready(const dispatch::HttpRequest& request) {
  nlohmann::json quarantined = nlohmann::json::array();
  for (const ModuleEntry& entry : application_->modules()) {
    if (entry.state == ModuleState::quarantined) {
      quarantined.push_back({{"module", entry.found.description.name}, {"reason", entry.reason}});
    }
  }
  if (const auto answers = application_->check_ready(); !answers.ok()) {
    observe::log(observe::Level::error, "the database does not answer", {{"reason", answers.error().message}});
    return refuse(request, 503, "DATABASE_UNAVAILABLE", "the database does not answer");
  }
  return success({{"status", quarantined.empty() ? "ready" : "degraded"}, {"quarantined", quarantined}}, request);
}

dispatch::HttpResponse Server::answer_metrics() {
  dispatch::HttpResponse response;
  response.content_type = metrics_content_type;
  response.body = metrics_text(*application_, *metrics_, http_->connection_count(), started_);
  return response;
}

dispatch::HttpResponse Server::answer_modules(const dispatch::HttpRequest& request) const {
  nlohmann::json list = nlohmann::json::array();
  for (const ModuleEntry& entry : application_->modules()) list.push_back(report_module(entry));
  return success(list, request);
}

}  // namespace ingot
