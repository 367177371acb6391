// SPDX-License-Identifier: Apache-2.0
#include "plugin_request.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "dispatch/utf8.hpp"
#include "host/eerp/transaction.hpp"
#include "observe/log.hpp"
#include "observe/time.hpp"

namespace ingot {
namespace {

using dispatch::HttpRequest;
using dispatch::HttpResponse;
using plugins::Ending;
using plugins::PluginAnswer;
using plugins::PluginCall;

constexpr std::size_t error_bytes_max = 1024, reason_bytes_max = 512;
constexpr std::chrono::seconds audit_patience{5};

std::string milliseconds(std::chrono::nanoseconds time) { return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()); }

/// Why it stopped, for the log: a URL in it goes without its query, which may hold what nobody should read there.
std::string reason_of(const PluginAnswer& answer) {
  const std::string& why = answer.error;
  const std::size_t query = why.find('?');
  if (query == std::string::npos) return dispatch::to_utf8(why.substr(0, reason_bytes_max));
  const std::size_t end = why.find(' ', query);
  return dispatch::to_utf8((why.substr(0, query) + (end == std::string::npos ? "" : why.substr(end))).substr(0, reason_bytes_max));
}

/// A line for each call: who, what, how it ended, how much; never what was said.
void log_call(const PluginCall& about, const PluginAnswer& answer, std::size_t input_bytes) {
  observe::log(observe::Level::info, "plugin called",
               {{"module", about.plugin}, {"function", about.function}, {"outcome", plugins::ending_name(answer.ending)}, {"ms", milliseconds(answer.took)},
                {"input_bytes", std::to_string(input_bytes)}, {"output_bytes", std::to_string(answer.output.size())}, {"subject", about.subject}, {"tenant", about.tenant},
                {"request_id", about.request_id}});
  if (answer.ending != Ending::trapped) return;
  observe::log(observe::Level::error, "request failed",
               {{"module", about.plugin}, {"request_id", about.request_id}, {"reason", reason_of(answer)},
                {"backtrace", answer.trap ? sandbox::backtrace_text(answer.trap->backtrace) : std::string()}});
}

/// What the call leaves in the audit trail, all of it or an error.
Result<void> write_audit(Application& application, host::eerp::Blocking& blocking, const PluginCall& about, const PluginAnswer& answer, std::size_t input_bytes, bool whole_call) {
  if (about.audits.empty() && !whole_call) return {};
  host::eerp::Transaction transaction(application.connections(), application.connection_gate(), blocking, std::chrono::steady_clock::now() + audit_patience, true);
  db::AuditEntry entry{.at = observe::rfc3339_now(), .module = about.plugin, .table = "", .row_id = "", .action = "event", .subject = about.subject, .tenant = about.tenant,
                       .request_id = about.request_id, .detail = ""};
  for (const std::string& text : about.audits) {
    entry.detail = nlohmann::json{{"function", about.function}, {"text", text}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    INGOT_TRY_VOID(transaction.note(entry));
  }
  if (whole_call) {
    entry.action = "call";
    entry.detail = nlohmann::json{{"function", about.function}, {"outcome", plugins::ending_name(answer.ending)}, {"code", answer.code}, {"input_bytes", input_bytes},
                                  {"output_bytes", answer.output.size()}, {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(answer.took).count()}}.dump();
    INGOT_TRY_VOID(transaction.note(entry));
  }
  return transaction.commit();
}

/// The plugin's words for its caller, bounded.
std::string error_text(const std::string& error) {
  std::string text = dispatch::to_utf8(error.substr(0, error_bytes_max));
  if (text.empty()) return "the plugin reports an error without words";
  return text;
}

HttpResponse response_of(PluginAnswer answer, const plugins::PluginRoute& route, const HttpRequest& request) {
  const auto refuse = [&](int status, const char* code, std::string message) { return dispatch::refusal_response({status, code, std::move(message)}, request.request_id); };
  switch (answer.ending) {
    case Ending::answered: break;
    case Ending::plugin_error: return refuse(422, "PLUGIN_ERROR", error_text(answer.error));
    case Ending::late: return refuse(504, "DEADLINE_EXCEEDED", "the plugin did not answer in time");
    case Ending::busy: return refuse(503, "UNAVAILABLE", "all instances of the plugin are busy; try again");
    case Ending::trapped: return refuse(500, "PLUGIN_TRAPPED", answer.trap ? std::string("the plugin stopped: ") + sandbox::trap_text(answer.trap->kind) : "the plugin could not be run");
  }
  HttpResponse response;
  response.body = std::move(answer.output);
  response.content_type = route.content_type;
  // A page of a plugin is no part of this server's origin, and nothing is what it does not say it is.
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"Content-Security-Policy", "sandbox; default-src 'none'"});
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

HttpResponse answer_plugin_request(Application& application, const dispatch::Match& match, const HttpRequest& request, const identity::Caller& caller, host::eerp::Blocking& blocking) {
  const PluginEntry& entry = *application.plugin(match.target->module);  // its route is there, so it is
  const plugins::PluginRoute& route = entry.config.routes[match.target->handler_id];

  PluginCall about{.plugin = entry.config.name, .function = route.function, .request_id = request.request_id, .subject = "", .tenant = "", .audits = {}};
  if (caller.principal) {
    about.subject = caller.principal->subject;
    about.tenant = caller.principal->tenant;
  }
  const std::string_view input = match.method == "GET" ? std::string_view(request.query) : std::string_view(request.body);
  PluginAnswer answer = entry.plugin->call(route.function, input, about);
  log_call(about, answer, input.size());

  // What a caller was told must be in the trail, so the trail comes first.
  if (const auto written = write_audit(application, blocking, about, answer, input.size(), entry.config.audit); !written.ok()) {
    observe::log(observe::Level::error, "a plugin's call could not be audited", {{"module", about.plugin}, {"request_id", about.request_id}, {"reason", written.error().message}});
    HttpResponse refused = dispatch::refusal_response({503, "OUTCOME_UNKNOWN", "the plugin was called, but the audit trail could not be written, so its answer is withheld"}, request.request_id);
    refused.headers.clear();  // no Retry-After: what it did elsewhere would be done twice
    return refused;
  }
  return response_of(std::move(answer), route, request);
}

}  // namespace ingot
