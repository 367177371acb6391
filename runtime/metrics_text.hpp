// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /metrics: what a monitor wants to know, in Prometheus' text form 0.0.4.

#include <chrono>
#include <string>

#include "application.hpp"
#include "observe/request_metrics.hpp"

namespace ingot {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// `started`: when this process began to serve. Any thread.
std::string metrics_text(Application& application, const observe::RequestMetrics& requests, std::size_t connections, std::chrono::system_clock::time_point started);

}  // namespace ingot
