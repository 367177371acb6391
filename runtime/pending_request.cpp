// SPDX-License-Identifier: Apache-2.0
#include "pending_request.hpp"

#include <array>
#include <cstdio>

#include "dispatch/compress.hpp"
#include "observe/log.hpp"

namespace ingot {
namespace {

constexpr std::size_t logged_path_bytes_max = 500;

std::string milliseconds(std::chrono::nanoseconds time) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double, std::milli>(time).count());
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

PendingRequest::PendingRequest(std::shared_ptr<const Shared> shared, dispatch::HttpRequest& request)
    : shared_(std::move(shared)),
      received_at_(request.received_at),
      origin_(dispatch::find_header(request.headers, "origin")),
      accept_encoding_(dispatch::find_header(request.headers, "accept-encoding")) {
  dispatch::TraceContext trace = dispatch::enter_trace(request.headers);
  if (shared_->log) {
    method_ = request.method;
    path_ = request.path.substr(0, logged_path_bytes_max);  // never the query: it may hold what its sender would not want to be kept
    request_id_ = request.request_id;
    remote_address_ = request.remote_address;
    trace_id_ = std::move(trace.trace_id);
  }
  shared_->metrics->begin();
}

PendingRequest::~PendingRequest() {
  constexpr int nobody_answered = 500;
  if (!ended_) end(nobody_answered, 0);
}

void PendingRequest::set_caller(std::string subject, std::string tenant) {
  subject_ = std::move(subject);
  tenant_ = std::move(tenant);
}

dispatch::HttpResponse PendingRequest::finish(dispatch::HttpResponse response) {
  shared_->cors.add_to(response, origin_);
  dispatch::compress(response, accept_encoding_);
  if (!ended_) end(response.status, response.body.size());
  return response;
}

void PendingRequest::end(int status, std::size_t bytes) {
  ended_ = true;
  const auto took = std::chrono::steady_clock::now() - received_at_;
  const bool known = status >= observe::RequestMetrics::status_min && status <= observe::RequestMetrics::status_max;
  shared_->metrics->end(module_, known ? status : 500, took);
  if (!shared_->log) return;
  const std::string code = std::to_string(status), length = std::to_string(bytes), time = milliseconds(took);
  observe::log(routine_ ? observe::Level::debug : observe::Level::info, "request",
               {{"method", method_}, {"path", path_}, {"status", code}, {"bytes", length}, {"ms", time}, {"module", module_}, {"request_id", request_id_}, {"trace_id", trace_id_},
                {"remote", remote_address_}, {"subject", subject_}, {"tenant", tenant_}});
}

}  // namespace ingot
