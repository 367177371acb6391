// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingot serve`: an HTTP server before a generation (generation.hpp), and the next generation in its place while requests run.
//
//   start() --run()--> serving --stop()--> draining --> run() returns
//                      |     ^
//                      +-----+ reload(): the next generation is loaded beside the one that serves, and takes over whole or not at all
//
// Members stand in the order of construction.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "config.hpp"
#include "dispatch/http_server.hpp"
#include "dispatch/worker_pool.hpp"
#include "fiber_server.hpp"
#include "generation.hpp"

namespace ingot {

class Server final {
 public:
  /// Loads the application and binds the port; serves nothing yet. Errors: those of Application::load, io.
  static Result<std::unique_ptr<Server>> start(const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return http_->port(); }

  /// Serves until stop(). The calling thread is the first of the server's threads.
  void run();
  /// Drains and ends run(). Any thread, not a signal handler.
  void stop();

  /// Reads the configuration and the modules again, in a thread of its own; what comes of it is logged. Returns at once; `done` is called when it is over, whatever came of it. Any thread, not
  /// a signal handler.
  void reload_soon(std::function<void()> done);

 private:
  using Pinned = std::shared_ptr<Generation>;

  Server() = default;
  Pinned generation() const;

  /// Every request comes here first, and every answer leaves through here.
  void on_request(dispatch::HttpRequest request, dispatch::Reply reply);
  void answer_own(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  void answer_by_module(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  /// The admin page, and what it shows as JSON.
  void answer_admin(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  /// /api/modules/NAME and what is below it: reload, logs, uninstall, export, purge.
  void answer_lifecycle(const Pinned& now, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  void answer_module_export(const Pinned& now, std::string name, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  void answer_module_purge(const Pinned& now, std::string name, dispatch::HttpRequest request, dispatch::Reply reply, PendingRequest& pending);
  dispatch::HttpResponse switch_module(const dispatch::HttpRequest& request, const std::string& name, bool active);
  dispatch::HttpResponse reload_module(const dispatch::HttpRequest& request, const std::string& name);
  dispatch::HttpResponse uninstall_module(const dispatch::HttpRequest& request, const std::string& name, const std::string& subject);
  /// Hands the job to a worker; when too many wait, the client is told to come back.
  static void answer_busy(const std::string& request_id, const dispatch::Reply& reply);
  static void on_worker(dispatch::WorkerPool& pool, const std::string& request_id, const dispatch::Reply& reply, std::function<void()> job);

  dispatch::HttpResponse answer_health(const dispatch::HttpRequest& request) const;
  static dispatch::HttpResponse answer_ready(Generation& now, const dispatch::HttpRequest& request);
  static dispatch::HttpResponse answer_modules(const Generation& now, const dispatch::HttpRequest& request);
  static dispatch::HttpResponse answer_plugins(const Generation& now, const dispatch::HttpRequest& request);
  dispatch::HttpResponse answer_metrics(Generation& now) const;
  static dispatch::HttpResponse answer_document(const Generation& now);

  /// The next generation takes over, or an error says why not and nothing has changed. On the lifecycle's thread.
  Result<void> reload();

  mutable std::mutex mutex_;
  Pinned generation_;  // guarded by mutex_: what new requests begin with
  std::atomic<bool> exporting_{false};  ///< one export at a time: each may be 64 MiB
  std::unique_ptr<dispatch::WorkerPool> workers_;    ///< what may block: statements of modules, passwords
  std::unique_ptr<BlockingOnWorkers> blocking_;
  std::unique_ptr<dispatch::WorkerPool> lifecycle_;  ///< one thread: reloads and switches happen one after the other
  std::unique_ptr<dispatch::HttpServer> http_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace ingot
