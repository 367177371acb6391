// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <nlohmann/json.hpp>

#include "auth_routes.hpp"
#include "dispatch/envelope.hpp"
#include "dispatch/permission.hpp"
#include "identity/access.hpp"
#include "module_report.hpp"
#include "module_request.hpp"
#include "observe/log.hpp"

namespace ingot {

namespace {
constexpr std::chrono::milliseconds drain_grace{10'000};
constexpr std::size_t queued_requests_max = 1024;

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

  // Guests run on these threads, never on the event loop.
  server->workers_ = std::make_unique<dispatch::WorkerPool>(config.worker_threads, queued_requests_max);

  dispatch::HttpOptions options;
  options.address = config.address;
  options.port = config.port;
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
  if (is_auth_path(request.path)) return on_auth_request(std::move(request), std::move(reply));
  // Our own routes need no guest; /ready asks the database, so it goes to a worker like a module's request.
  const bool ours = request.path == "/health" || request.path == "/ready" || request.path == "/api/modules";
  if (ours && request.method != "GET" && request.method != "HEAD") {
    auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows GET, HEAD");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return reply(std::move(response));
  }
  if (request.path == "/health") return reply(answer_health(request));
  if (request.path == "/api/modules") return reply(answer_modules(request));
  const bool ready = request.path == "/ready";
  dispatch::RouteResult route = ready ? dispatch::RouteResult{dispatch::NotFound{}}
                                      : application_->router().find(request.method, request.path);
  if (!ready) {
    if (std::holds_alternative<dispatch::NotFound>(route)) return reply(refuse(request, 404, "NOT_FOUND", "no such route"));
    if (std::holds_alternative<dispatch::BadPath>(route)) return reply(refuse(request, 400, "BAD_REQUEST", "malformed path"));
    if (const auto* other = std::get_if<dispatch::MethodNotAllowed>(&route)) {
      std::string allow;
      for (const std::string& method : other->allow) allow += (allow.empty() ? "" : ", ") + method;
      auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows " + allow);
      response.headers.push_back({"Allow", allow});
      return reply(std::move(response));
    }
  }
  // Who calls, and may they? Before any guest hears of it.
  std::string identity = "null";
  if (!ready) {
    auto caller = identity::caller_of(request.headers, application_->config().access, std::chrono::system_clock::now());
    if (!caller.ok()) return reply(refuse_token(request, caller.error().message));
    if (auto refusal = refuse_permission(request, *caller, std::get<dispatch::Match>(route).target->permission)) return reply(std::move(*refusal));
    identity = identity::identity_json(*caller);
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  const std::string request_id = shared_request->request_id;
  on_worker(request_id, reply, [this, ready, shared_request, reply, route = std::move(route), identity = std::move(identity)] {
    reply(ready ? answer_ready(*shared_request) : answer_module_request(*application_, std::get<dispatch::Match>(route), *shared_request, identity));
  });
}

void Server::on_auth_request(dispatch::HttpRequest request, dispatch::Reply reply) {
  if (request.method != "POST") {
    auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "this path knows POST");
    response.headers.push_back({"Allow", "POST"});
    return reply(std::move(response));
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  const std::string request_id = shared_request->request_id;
  on_worker(request_id, reply, [this, shared_request, reply] {
    const Config& config = application_->config();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(config.call_deadline_ms);
    reply(answer_auth(*sign_in_, *shared_request, config.secure_cookies, deadline));
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

dispatch::HttpResponse Server::answer_modules(const dispatch::HttpRequest& request) const {
  nlohmann::json list = nlohmann::json::array();
  for (const ModuleEntry& entry : application_->modules()) list.push_back(report_module(entry));
  return success(list, request);
}

}  // namespace ingot
