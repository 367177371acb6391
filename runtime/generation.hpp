// SPDX-License-Identifier: Apache-2.0
#pragma once
// One configuration and everything that it stands for, as the server knows it. Immutable while it serves; a request keeps the one that it began with, so a new one can take
// over at any time, and the old one ends when the last request has left it.

#include <memory>

#include "accounts/sign_in.hpp"
#include "api_document.hpp"
#include "application.hpp"
#include "observe/request_metrics.hpp"
#include "pending_request.hpp"

namespace ingot {

struct Generation {
  std::unique_ptr<Application> application;
  std::unique_ptr<accounts::SignIn> sign_in;
  std::unique_ptr<observe::RequestMetrics> metrics;
  ApiDocument api_document;
  PendingRequest::Shared for_all_requests;

  const Config& config() const { return application->config(); }

  /// Puts a loaded application into a generation. `before`: the counts of requests go on.
  static std::shared_ptr<Generation> make(std::unique_ptr<Application> application, const Generation* before);
};

}  // namespace ingot
