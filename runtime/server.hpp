// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingot serve`: an Application behind an HTTP server. Owns everything; members stand in the order of construction.

#include <atomic>
#include <functional>
#include <memory>

#include "accounts/sign_in.hpp"
#include "application.hpp"
#include "base/result.hpp"
#include "config.hpp"
#include "dispatch/http_server.hpp"
#include "dispatch/worker_pool.hpp"
#include "pending_request.hpp"

namespace ingot {

class Server final {
 public:
  /// Loads the application and binds the port; serves nothing yet. Errors: those of Application::load, io.
  static Result<std::unique_ptr<Server>> start(const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return http_->port(); }
  Application& application() { return *application_; }

  /// Serves until stop(). The calling thread is the event loop.
  void run();
  /// Drains and ends run(). Any thread, not a signal handler.
  void stop();

 private:
  Server() = default;
  /// Every request comes here first, and every answer leaves through here.
  void on_request(dispatch::HttpRequest request, dispatch::Reply reply);
  void answer_own(dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  void answer_by_module(dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  /// Hands the job to a worker; when too many wait, the client is told to come back.
  void on_worker(const std::string& request_id, const dispatch::Reply& reply, std::function<void()> job);
  dispatch::HttpResponse answer_health(const dispatch::HttpRequest& request) const;
  dispatch::HttpResponse answer_ready(const dispatch::HttpRequest& request);
  dispatch::HttpResponse answer_modules(const dispatch::HttpRequest& request) const;
  dispatch::HttpResponse answer_metrics();

  std::unique_ptr<Application> application_;
  std::unique_ptr<accounts::SignIn> sign_in_;
  std::unique_ptr<observe::RequestMetrics> metrics_;
  PendingRequest::Shared for_all_requests_;
  std::unique_ptr<dispatch::WorkerPool> workers_;
  std::unique_ptr<dispatch::HttpServer> http_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace ingot
