// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <nlohmann/json.hpp>

#include "dispatch/envelope.hpp"
#include "dispatch/permission.hpp"
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

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Config& config) {
  auto server = std::unique_ptr<Server>(new Server);

  // Modules first: when the port opens, everything behind it is there.
  INGOT_TRY(server->application_, Application::load(config, Application::Migrate::apply));

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
    // Callers have no identity in this version: they may do what the configuration grants to everybody, which is nothing by default.
    const std::string& permission = std::get<dispatch::Match>(route).target->permission;
    if (!permission.empty() && !dispatch::permits(application_->config().anonymous_permissions, permission)) {
      return reply(refuse(request, 401, "UNAUTHENTICATED", "this route needs the permission " + permission));
    }
  }
  auto shared_request = std::make_shared<dispatch::HttpRequest>(std::move(request));
  auto job = [this, ready, shared_request, reply, route = std::move(route)] {
    reply(ready ? answer_ready(*shared_request) : answer_module_request(*application_, std::get<dispatch::Match>(route), *shared_request));
  };
  if (!workers_->try_submit(std::move(job))) {
    auto response = refuse(*shared_request, 503, "UNAVAILABLE", "the server is busy; try again");
    response.headers.push_back({"Retry-After", "1"});
    reply(std::move(response));
  }
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
