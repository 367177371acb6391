// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is remembered of a request while it is being answered, and what is done with every answer, whoever made it: fields for other origins' pages, compression, counting,
// and a line in the log.

#include <chrono>
#include <memory>
#include <string>

#include "dispatch/cors.hpp"
#include "dispatch/http_message.hpp"
#include "dispatch/trace_context.hpp"
#include "observe/request_metrics.hpp"

namespace ingot {

class PendingRequest final {
 public:
  /// What all requests of a generation share.
  struct Shared {
    dispatch::Cors cors;
    observe::RequestMetrics* metrics = nullptr;
    bool log = true;
  };

  /// Notes what is needed of the request, and puts this server into its trace.
  PendingRequest(std::shared_ptr<const Shared> shared, dispatch::HttpRequest& request);
  /// A request that nobody answered is counted too: its client gets a 500.
  ~PendingRequest();
  PendingRequest(const PendingRequest&) = delete;
  PendingRequest& operator=(const PendingRequest&) = delete;

  // Who answers, and for whom. Before the request leaves the event loop.
  void set_module(std::string module) { module_ = std::move(module); }
  void set_caller(std::string subject, std::string tenant);
  /// A probe or a scrape: it comes every few seconds and is logged at level debug.
  void set_routine() { routine_ = true; }

  /// The answer as it leaves, counted and logged. Once. Any thread.
  dispatch::HttpResponse finish(dispatch::HttpResponse response);

 private:
  void end(int status, std::size_t bytes);

  const std::shared_ptr<const Shared> shared_;
  const std::chrono::steady_clock::time_point received_at_;
  std::string origin_, accept_encoding_, module_, subject_, tenant_;
  std::string method_, path_, request_id_, remote_address_, trace_id_;  ///< for the log; empty where requests are not logged
  bool routine_ = false, ended_ = false;
};

}  // namespace ingot
