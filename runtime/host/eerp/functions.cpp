// SPDX-License-Identifier: Apache-2.0
//
// Every function here has the same shape: copy the arguments out of guest memory, check, act, write back. A function returns a
// trap or INGOT_TRAP_NONE and never raises one itself; bridge() turns exceptions into traps and looks at the deadline last.

#include "host/eerp/functions.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "data/service.hpp"
#include "db/values.hpp"
#include "dispatch/permission.hpp"
#include "dispatch/route_pattern.hpp"
#include "host/eerp/context.hpp"
#include "host/eerp/utf16.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "observe/log.hpp"
#include "observe/time.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::eerp {
namespace {

/// One host call in progress.
struct HostCall {
  instance::Instance& guest;
  CallContext& context;
  ingot_slot* slots;

  std::uint32_t argument(int index) const { return slots[index].i32; }
  void give_i32(std::int32_t value) const { slots[0].i64 = static_cast<std::uint32_t>(value); }
  void give_i64(std::int64_t value) const { slots[0].i64 = static_cast<std::uint64_t>(value); }

  /// The text at arguments (index, index+1), copied. Nothing when it is not all inside memory. More than `bytes_max` are not copied:
  /// the text is then cut one byte above the bound, which is how a caller knows.
  std::optional<std::string> text(int index, std::uint64_t bytes_max) const {
    const std::uint32_t length = argument(index + 1);
    if (!guest.memory().holds(argument(index), length)) return std::nullopt;
    return guest.memory().copy_in(argument(index), static_cast<std::uint32_t>(std::min<std::uint64_t>(length, bytes_max + 1)));
  }
  ingot_trap outside(const char* function) const {
    guest.set_trap_detail(std::string("argument of ") + function);
    return INGOT_TRAP_HOST;
  }
};

using Body = ingot_trap (*)(HostCall&);

struct Crossing {
  instance::Instance& guest;
  ingot_slot* slots;
  ingot_trap trap = INGOT_TRAP_NONE;
};

template <Body body>
void cross(void* argument) noexcept {
  auto& [guest, slots, trap] = *static_cast<Crossing*>(argument);
  try {
    auto* call_context = static_cast<CallContext*>(guest.host_data());
    if (call_context == nullptr) {
      trap = INGOT_TRAP_HOST;  // a host call outside of a call
      return;
    }
    HostCall call{guest, *call_context, slots};
    trap = body(call);
  } catch (const std::bad_alloc&) {
    trap = INGOT_TRAP_LIMIT;
  } catch (const std::exception&) {
    trap = INGOT_TRAP_HOST;
  }
  // A guest that does nothing but call the host is never preempted; here it gives way.
  sandbox::FiberLoop::yield_if_due();
}

/// What a thunk calls. The work is done on the thread's own stack: parsers of libraries need more than a guest's stack can promise.
template <Body body>
std::uint32_t bridge(void* context, ingot_slot* slots) noexcept {
  // A fiber's stack is small, and modules that call one another all stand on it.
  if (!sandbox::host_stack_has_room()) [[unlikely]] return INGOT_TRAP_STACK_EXHAUSTED;
  Crossing crossing{*static_cast<instance::Instance*>(context), slots};
  sandbox::on_host_stack(&cross<body>, &crossing);
  // A deadline that passed while the host worked is acted upon now, before the guest goes on.
  return crossing.trap != INGOT_TRAP_NONE ? crossing.trap : sandbox::CallScope::requested();
}

// ---- logging ----

void write_log(HostCall& call, observe::Level level, std::string text) {
  RequestScope* request = call.context.request;
  std::uint64_t& lines = request != nullptr ? request->log_lines : call.context.load_log_lines;
  if (++lines > limits::log_messages_per_call_max) {
    if (lines == limits::log_messages_per_call_max + 1) {
      observe::log(observe::Level::warn, "module logs too much; its further lines in this request are dropped",
                   {{"module", call.context.rights->name}});
    }
    return;
  }
  if (text.size() > limits::log_message_bytes_max) {
    text.resize(limits::log_message_bytes_max);
    text += "...";
  }
  if (request != nullptr) {
    observe::log(level, text, {{"module", call.context.rights->name}, {"request_id", request->request_id}, {"tenant", request->tenant}});
  } else {
    observe::log(level, text, {{"module", call.context.rights->name}});
  }
}

ingot_trap log_info(HostCall& call) {
  auto text = call.text(0, limits::log_message_bytes_max);
  if (!text) return call.outside("host.log");
  write_log(call, observe::Level::info, std::move(*text));
  return INGOT_TRAP_NONE;
}

ingot_trap log_level(HostCall& call) {
  auto text = call.text(1, limits::log_message_bytes_max);
  if (!text) return call.outside("host.log_level");
  const auto level = static_cast<observe::Level>(std::min<std::uint32_t>(call.argument(0), 4));
  write_log(call, level, std::move(*text));
  return INGOT_TRAP_NONE;
}

// ---- routes ----

enum RouteStatus : std::int32_t { route_ok = 0, route_not_now = -1, route_bad = -2, route_duplicate = -3, route_too_many = -4 };

std::int32_t add_route(CallContext& context, RouteDeclaration route) {
  if (context.routes == nullptr) return route_not_now;
  if (!dispatch::check_route(route.method, route.path).ok()) return route_bad;
  if (!route.permission.empty() && !dispatch::valid_permission(route.permission)) return route_bad;
  if (context.routes->size() >= limits::routes_per_module_max) return route_too_many;
  const bool known = std::ranges::any_of(*context.routes, [&](const RouteDeclaration& other) {
    return other.method == route.method && other.path == route.path;
  });
  if (known) return route_duplicate;
  context.routes->push_back(std::move(route));
  return route_ok;
}

ingot_trap register_route(HostCall& call) {
  auto method = call.text(0, limits::method_bytes_max);
  auto path = call.text(2, limits::path_bytes_max);
  if (!method || !path) return call.outside("host.register_route");
  call.give_i32(add_route(call.context, {std::move(*method), std::move(*path), {}, call.argument(4)}));
  return INGOT_TRAP_NONE;
}

ingot_trap register_route_with_permission(HostCall& call) {
  auto method = call.text(0, limits::method_bytes_max);
  auto path = call.text(2, limits::path_bytes_max);
  auto permission = call.text(5, limits::path_bytes_max);
  if (!method || !path || !permission) return call.outside("host.register_route");
  call.give_i32(add_route(call.context, {std::move(*method), std::move(*path), std::move(*permission), call.argument(4)}));
  return INGOT_TRAP_NONE;
}

// ---- results: a text kept by the host until the guest fetches it with host.result ----

void give_result(HostCall& call, std::string text) {
  call.context.result = std::move(text);
  call.give_i32(static_cast<std::int32_t>(call.context.result.size()));
}

void give_failure(HostCall& call, const std::string& code, const std::string& message) {
  const nlohmann::json error{{"error", {{"code", code}, {"message", message}}}};
  call.context.result = error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  call.give_i32(-static_cast<std::int32_t>(call.context.result.size()));
}

/// A statement's parameters are payload and stay out of the trail.
Result<void> note_statement(RequestScope& request, const std::string& module, std::string_view sql, std::int64_t rows) {
  std::string detail = R"({"statement":)";
  db::append_json_string(detail, sql);
  detail += R"(,"rows":)" + std::to_string(rows) + "}";
  return request.transaction->note({observe::rfc3339_now(), module, "", "", "execute", request.subject, request.tenant, request.request_id, std::move(detail)});
}

ingot_trap run_statement(HostCall& call, bool must_return_rows, const char* function) {
  auto sql = call.text(0, limits::sql_bytes_max);
  auto params = call.text(2, limits::params_bytes_max);
  if (!sql || !params) return call.outside(function);
  if (call.context.request == nullptr) {
    give_failure(call, "UNAVAILABLE", "the database is not open while the module is being loaded");
    return INGOT_TRAP_NONE;
  }
  auto outcome = call.context.request->transaction->run(call.context.rights->authority, *sql, *params, must_return_rows);
  if (const auto* error = std::get_if<db::StatementError>(&outcome)) {
    const ModuleRights& rights = *call.context.rights;
    const bool keeps_tenants = rights.authority.schema->tables.size() < rights.data_authority.schema->tables.size();
    const char* const hint = error->code == "NOT_ALLOWED" && keeps_tenants ? "; tables with a column tenant_id are reached by host.data" : "";
    give_failure(call, error->code, error->message + hint);
    return INGOT_TRAP_NONE;
  }
  auto& rows = std::get<db::GuestRows>(outcome);
  if (rows.writes && call.context.request->audit_statements) {
    if (const auto noted = note_statement(*call.context.request, call.context.rights->name, *sql, rows.rows_affected); !noted.ok()) {
      give_failure(call, "DATABASE", "the audit trail could not be written");
      return INGOT_TRAP_NONE;
    }
  }
  if (must_return_rows) {
    give_result(call, R"({"rows":)" + rows.rows_json + "}");
  } else {
    give_result(call, R"({"rows_affected":)" + std::to_string(rows.rows_affected) + R"(,"rows":)" + rows.rows_json + "}");
  }
  return INGOT_TRAP_NONE;
}

ingot_trap query(HostCall& call) { return run_statement(call, true, "host.query"); }
ingot_trap execute(HostCall& call) { return run_statement(call, false, "host.execute"); }

ingot_trap data_request(HostCall& call) {
  auto text = call.text(0, limits::params_bytes_max);
  if (!text) return call.outside("host.data");
  RequestScope* const request = call.context.request;
  if (request == nullptr) {
    give_failure(call, "UNAVAILABLE", "the database is not open while the module is being loaded");
    return INGOT_TRAP_NONE;
  }
  if (text->size() > limits::params_bytes_max) {
    give_failure(call, "LIMIT", "the request is larger than 1 MiB");
    return INGOT_TRAP_NONE;
  }
  const ModuleRights& module = *call.context.rights;
  const data::Caller caller{request->subject, request->tenant, request->request_id, request->depth > 0,
                            [&](const std::string& permission) { return dispatch::permits(request->granted, permission); }};
  auto answer = data::perform(*request->transaction, {&module.data_authority, &module.permissions}, caller, call.context.savepoints, *text);
  if (const auto* error = std::get_if<db::StatementError>(&answer)) {
    give_failure(call, error->code, error->message);
  } else {
    give_result(call, std::move(std::get<std::string>(answer)));
  }
  return INGOT_TRAP_NONE;
}

ingot_trap result(HostCall& call) {
  const std::string& text = call.context.result;
  const std::size_t bytes = std::min<std::size_t>(text.size(), call.argument(1));
  if (!call.guest.memory().copy_out(call.argument(0), std::string_view(text).substr(0, bytes))) return call.outside("host.result");
  call.give_i32(static_cast<std::int32_t>(bytes));
  return INGOT_TRAP_NONE;
}

const char* call_failure_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found: return "NOT_FOUND";
    case ErrorCode::limit: return "LIMIT";
    case ErrorCode::deadline: return "DEADLINE";
    default: return "UNAVAILABLE";
  }
}

ingot_trap call_module(HostCall& call) {
  auto name = call.text(0, limits::module_name_bytes_max);
  auto method = call.text(2, limits::method_bytes_max);
  auto path = call.text(4, limits::path_bytes_max);
  auto body = call.text(6, limits::request_body_bytes_max);
  if (!name || !method || !path || !body) return call.outside("host.call");
  RequestScope* request = call.context.request;
  const auto& depends = call.context.rights->depends;
  if (request == nullptr) {
    give_failure(call, "UNAVAILABLE", "other modules cannot be called while the module is being loaded");
  } else if (std::ranges::find(depends, *name) == depends.end()) {
    give_failure(call, "NOT_ALLOWED", "that module does not stand in depends");
  } else if (method->size() > limits::method_bytes_max || path->size() > limits::path_bytes_max || body->size() > limits::request_body_bytes_max) {
    give_failure(call, "LIMIT", "method, path or body is too long");
  } else if (request->depth >= static_cast<int>(limits::call_nesting_max)) {
    give_failure(call, "LIMIT", "calls between modules nest too deeply");
  } else if (!body->empty() && !nlohmann::json::accept(*body)) {
    give_failure(call, "INVALID_PARAMS", "the body is not JSON");
  } else {
    auto answer = request->directory->call(*name, {std::move(*method), std::move(*path), std::move(*body)}, *request);
    if (answer.ok()) {
      give_result(call, R"({"status":)" + std::to_string(answer->status) + R"(,"body":)" + answer->body + "}");
    } else {
      give_failure(call, call_failure_code(answer.error().code), answer.error().message);
    }
  }
  return INGOT_TRAP_NONE;
}

// ---- randomness and time ----

void fill_random(char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t got = getrandom(bytes, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::bad_alloc();  // cannot happen on a booted Linux
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
}

ingot_trap random_bytes(HostCall& call) {
  std::uint32_t address = call.argument(0);
  std::uint32_t left = call.argument(1);
  if (!call.guest.memory().holds(address, left)) return call.outside("host.random");
  std::array<char, 4096> chunk;
  while (left > 0) {
    const auto bytes = std::min<std::uint32_t>(left, chunk.size());
    fill_random(chunk.data(), bytes);
    if (!call.guest.memory().copy_out(address, std::string_view(chunk.data(), bytes))) return call.outside("host.random");
    if (sandbox::CallScope::requested() != INGOT_TRAP_NONE) return INGOT_TRAP_NONE;  // bridge() raises it
    address += bytes;
    left -= bytes;
  }
  return INGOT_TRAP_NONE;
}

ingot_trap now_ms(HostCall& call) {
  call.give_i64(observe::unix_ms_now());
  return INGOT_TRAP_NONE;
}

// ---- what AssemblyScript's own runtime imports ----

ingot_trap as_abort(HostCall& call) {
  const auto memory = call.guest.memory();
  const std::string message = read_as_string(memory, call.argument(0));
  const std::string file = read_as_string(memory, call.argument(1));
  write_log(call, observe::Level::error,
            "abort: " + message + " at " + file + ":" + std::to_string(call.argument(2)) + ":" + std::to_string(call.argument(3)));
  call.guest.set_trap_detail("abort: " + message);
  return INGOT_TRAP_EXIT;
}

ingot_trap as_seed(HostCall& call) {
  // AssemblyScript reinterprets the float's bits as its generator's seed: a fresh finite double each time.
  std::uint64_t bits = 0;
  fill_random(reinterpret_cast<char*>(&bits), sizeof(bits));
  call.slots[0].i64 = (bits & ~(std::uint64_t{0x7ff} << 52)) | (std::uint64_t{0x3ff} << 52);
  return INGOT_TRAP_NONE;
}

ingot_trap as_trace(HostCall& call) {
  write_log(call, observe::Level::debug, read_as_string(call.guest.memory(), call.argument(0)));
  return INGOT_TRAP_NONE;
}

ingot_trap as_console_log(HostCall& call) {
  write_log(call, observe::Level::info, read_as_string(call.guest.memory(), call.argument(0)));
  return INGOT_TRAP_NONE;
}

// ---- the table ----

constexpr std::uint8_t i32 = INGOT_TYPE_I32;
constexpr std::uint8_t i64 = INGOT_TYPE_I64;
constexpr std::uint8_t f64 = INGOT_TYPE_F64;

struct Entry {
  const char* module;
  const char* name;
  format::FunctionType type;
  ingot_host_function function;
};

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = {
      {"host", "log", {{i32, i32}, {}}, bridge<log_info>},
      {"host", "log_level", {{i32, i32, i32}, {}}, bridge<log_level>},
      {"host", "register_route", {{i32, i32, i32, i32, i32}, {i32}}, bridge<register_route>},
      {"host", "register_route", {{i32, i32, i32, i32, i32, i32, i32}, {i32}}, bridge<register_route_with_permission>},
      {"host", "query", {{i32, i32, i32, i32}, {i32}}, bridge<query>},
      {"host", "execute", {{i32, i32, i32, i32}, {i32}}, bridge<execute>},
      {"host", "data", {{i32, i32}, {i32}}, bridge<data_request>},
      {"host", "call", {{i32, i32, i32, i32, i32, i32, i32, i32}, {i32}}, bridge<call_module>},
      {"host", "result", {{i32, i32}, {i32}}, bridge<result>},
      {"host", "random", {{i32, i32}, {}}, bridge<random_bytes>},
      {"host", "now_ms", {{}, {i64}}, bridge<now_ms>},
      {"env", "abort", {{i32, i32, i32, i32}, {}}, bridge<as_abort>},
      {"env", "seed", {{}, {f64}}, bridge<as_seed>},
      {"env", "trace", {{i32, i32, f64, f64, f64, f64, f64}, {}}, bridge<as_trace>},
      {"env", "console.log", {{i32}, {}}, bridge<as_console_log>},
  };
  return entries;
}

}  // namespace

Result<std::vector<ingot_host_function>> resolve_imports(const format::Manifest& manifest) {
  std::vector<ingot_host_function> functions;
  for (const format::Import& import : manifest.imports) {
    const std::string full_name = import.module + "." + import.name;
    if (import.kind != format::ExternKind::function) {
      return Error{ErrorCode::contract, "import " + full_name + " is not a function; this contract offers only functions"};
    }
    const Entry* same_name = nullptr;
    const Entry* match = nullptr;
    for (const Entry& entry : table()) {
      if (import.module != entry.module || import.name != entry.name) continue;
      same_name = &entry;
      if (import.type == entry.type) match = &entry;
    }
    if (same_name == nullptr) return Error{ErrorCode::contract, "import " + full_name + " does not exist in the EERP contract"};
    if (match == nullptr) {
      return Error{ErrorCode::contract, "import " + full_name + " has type " + format::type_text(import.type) + "; the host offers " +
                                            format::type_text(same_name->type)};
    }
    functions.push_back(match->function);
  }
  return functions;
}

}  // namespace ingot::host::eerp
