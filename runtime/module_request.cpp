// SPDX-License-Identifier: Apache-2.0
#include "module_request.hpp"

#include "db/transaction.hpp"
#include "dispatch/envelope.hpp"
#include "dispatch/request_json.hpp"
#include "dispatch/response_json.hpp"
#include "observe/log.hpp"

namespace ingot {
namespace {

using dispatch::HttpRequest;
using dispatch::HttpResponse;
using dispatch::Refusal;

/// What the client is told of a trap; the log says more.
Refusal refusal_for_trap(const sandbox::Trap& trap) {
  switch (trap.kind) {
    case INGOT_TRAP_DEADLINE: return {504, "DEADLINE_EXCEEDED", "the module did not answer in time"};
    case INGOT_TRAP_LIMIT: return {500, "MODULE_LIMIT", "the module reached one of its limits"};
    default: return {500, "MODULE_TRAPPED", std::string("the module stopped: ") + sandbox::trap_text(trap.kind)};
  }
}

Refusal refusal_for_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::unavailable: return {503, "UNAVAILABLE", "the module is busy; try again"};
    case ErrorCode::deadline: return {504, "DEADLINE_EXCEEDED", "the module did not answer in time"};
    default: return {500, "MODULE_ERROR", "the module broke its contract"};
  }
}

void log_failure(const std::string& module, const HttpRequest& request, const std::string& reason) {
  observe::log(observe::Level::error, "request failed", {{"module", module}, {"request_id", request.request_id}, {"reason", reason}});
}

void log_trap(const std::string& module, const HttpRequest& request, const sandbox::Trap& trap) {
  observe::log(observe::Level::error, "request failed",
               {{"module", module},
                {"request_id", request.request_id},
                {"reason", sandbox::describe_trap(trap)},
                {"backtrace", sandbox::backtrace_text(trap.backtrace)}});
}

}  // namespace

HttpResponse answer_module_request(Application& application, const dispatch::Match& match, const HttpRequest& request, const identity::Caller& caller,
                                   host::eerp::Blocking& blocking) {
  const std::string& name = match.target->module;
  const auto refuse = [&](const Refusal& refusal) { return dispatch::refusal_response(refusal, request.request_id); };
  host::eerp::Module* module = application.find(name);
  if (module == nullptr) return refuse({503, "UNAVAILABLE", "the module is not active"});

  // The client's words become the module's request text. A body that is not what it claims to be ends here.
  dispatch::RequestParts parts;
  parts.method = match.method;
  parts.path = request.path;
  parts.route = match.target->pattern;
  parts.params = match.params;
  parts.query = request.query;
  parts.headers = request.headers;
  parts.request_id = request.request_id;
  const std::string identity = identity::identity_json(caller);
  parts.identity = identity;
  parts.body = request.body;
  const auto text = dispatch::build_request_json(parts);
  if (const auto* refusal = std::get_if<Refusal>(&text)) return refuse(*refusal);

  // One deadline for everything: waiting for an instance, the guest, its statements, its calls to other modules.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(application.config().call_deadline_ms);
  host::eerp::Transaction transaction(application.connections(), application.connection_gate(), blocking, deadline, match.method != "GET");
  host::eerp::RequestScope scope;
  scope.request_id = request.request_id;
  scope.identity = identity;
  if (caller.principal) {
    scope.subject = caller.principal->subject;
    scope.tenant = caller.principal->tenant;
  }
  scope.granted = caller.granted;
  scope.audit_statements = application.config().audit_statements;
  scope.deadline = deadline;
  scope.transaction = &transaction;
  scope.directory = &application;

  // The guest runs. From here every way out that does not pass commit() rolls the transaction back.
  instance::TextOutcome outcome = module->handle(match.target->handler_id, std::get<std::string>(text), scope);
  const auto* trap = std::get_if<sandbox::Trap>(&outcome);
  if (trap != nullptr) log_trap(name, request, *trap);
  // Without the database nothing that it says counts. Nothing was committed, so the client may send the same again.
  const Refusal unreachable{503, "UNAVAILABLE", "the database cannot serve this request at the moment; nothing was changed, try again"};
  if (const auto lost = transaction.database_lost()) {
    log_failure(name, request, lost->message);
    return refuse(unreachable);
  }
  if (trap != nullptr) {
    return refuse(refusal_for_trap(*trap));
  }
  if (const auto* error = std::get_if<Error>(&outcome)) {
    log_failure(name, request, error->message);
    return refuse(refusal_for_error(*error));
  }
  const auto parsed = dispatch::parse_module_response(std::get<std::string>(outcome));
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    log_failure(name, request, refusal->message);
    return refuse(*refusal);
  }
  const auto& answer = std::get<dispatch::ModuleResponse>(parsed);

  HttpResponse response;
  response.status = answer.status;
  response.headers = answer.headers;
  if (answer.status >= 400) {
    response.body = dispatch::module_error_envelope(answer.status, answer.body, request.request_id);
    return response;
  }
  // The answer is a promise: it leaves only after the data is durable.
  if (const auto committed = transaction.commit(); !committed.ok()) {
    log_failure(name, request, committed.error().message);
    if (committed.error().message.starts_with("TRANSACTION_ABORTED")) {
      return refuse({409, "TRANSACTION_ABORTED", "a statement failed, so nothing was changed"});
    }
    const bool unknown = committed.error().message.starts_with(db::commit_unknown_message);
    if (unknown && match.method == "GET") return refuse(unreachable);
    if (unknown) {
      HttpResponse refused = refuse({503, "OUTCOME_UNKNOWN", "the database was lost while the change was made durable: look whether it is there before you repeat it"});
      refused.headers.clear();  // no Retry-After: who repeats a change that has happened would make it twice
      return refused;
    }
    return refuse({503, "DATABASE_UNAVAILABLE", "the database could not make the change durable"});
  }
  response.body = dispatch::success_envelope(answer.body, request.request_id, std::chrono::system_clock::now());
  return response;
}

}  // namespace ingot
