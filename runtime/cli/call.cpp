// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/numbers.hpp"
#include "cli/call_plugin.hpp"
#include "cli/open_bundle.hpp"
#include "cli/plugin_source.hpp"
#include "cli/read_input.hpp"
#include "host/eerp/context.hpp"
#include "host/eerp/functions.hpp"
#include "host/eerp/module.hpp"
#include "host/wasi/functions.hpp"
#include "instance/instance.hpp"
#include "instance/text_call.hpp"
#include "limits.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::cli {
namespace {

struct Outcome {
  std::vector<std::string> lines;
  std::optional<sandbox::Trap> trap;
};

/// The exact function, or an error that lists what there is.
Result<int> find_function(const load::LoadedModule& module, const std::string& name) {
  const int index = module.find_function(name);
  if (index >= 0) return index;
  std::string known;
  int shown = 0;
  for (const format::Export& item : module.manifest().exports) {
    if (item.kind != format::ExternKind::function) continue;
    if (++shown > 20) {
      known += ", ...";
      break;
    }
    known += (known.empty() ? "" : ", ") + item.name;
  }
  return Error{ErrorCode::not_found, "the bundle exports no function '" + name + "' (it exports " + (known.empty() ? "none" : known) + ")"};
}

/// --input: hands a text over by address and length and fetches the one that comes back.
Result<Outcome> call_with_text(instance::Instance& guest, int function, const std::string& input) {
  INGOT_TRY(instance::TextCall text_call, instance::find_text_call(guest.module(), function, false));
  instance::TextOutcome result = instance::call_text(guest, text_call, input);
  if (auto* trap = std::get_if<sandbox::Trap>(&result)) return Outcome{{}, *trap};
  if (auto* error = std::get_if<Error>(&result)) return *error;
  return Outcome{{std::get<std::string>(result)}, std::nullopt};
}

Result<Outcome> call_with_numbers(instance::Instance& guest, int function, const std::vector<std::string>& words) {
  const format::FunctionType& type = guest.module().manifest().exports[static_cast<std::size_t>(function)].type;
  if (words.size() != type.params.size()) {
    return Error{ErrorCode::invalid_argument, "the function has type " + format::type_text(type) + ": give " +
                                                  std::to_string(type.params.size()) + " arguments, not " + std::to_string(words.size())};
  }
  std::vector<ingot_slot> slots(std::max({format::slot_count(type.params), format::slot_count(type.results), 1u}));
  for (std::size_t index = 0; index < words.size(); ++index) {
    INGOT_TRY(slots[index], parse_number(words[index], type.params[index]));
  }
  for (const std::uint8_t result : type.results) {
    if (result < INGOT_TYPE_F64) return Error{ErrorCode::invalid_argument, "a result of type " + format::value_type_text(result) + " cannot be printed"};
  }
  if (auto trap = guest.call(function, slots)) return Outcome{{}, std::move(trap)};
  Outcome outcome;
  for (std::size_t index = 0; index < type.results.size(); ++index) outcome.lines.push_back(print_number(slots[index], type.results[index]));
  return outcome;
}

nlohmann::json backtrace_json(const sandbox::Backtrace& backtrace) {
  nlohmann::json list = nlohmann::json::array();
  for (const sandbox::TrapFrame& frame : backtrace.frames) {
    nlohmann::json item{{"function", frame.function}, {"text", sandbox::frame_text(frame)}};
    if (!frame.name.empty()) item["name"] = frame.name;
    if (frame.line != 0) {
      item["file"] = frame.file;
      item["line"] = frame.line;
    }
    list.push_back(std::move(item));
  }
  return list;
}

Result<Outcome> run(const CallOptions& options, bundle::VerifiedBundle verified) {
  if (options.plugin.given()) return Error{ErrorCode::invalid_argument, options.bundle + " is no Extism plugin: --config, --allow-host, --allow-path, --timeout, --memory-max, --log-level, --loop, --response-headers and --wasi are for those"};
  const bool is_wasi = verified.manifest().contract == "wasi";
  INGOT_TRY(const auto functions, is_wasi ? host::wasi::resolve_imports(verified.manifest()) : host::eerp::resolve_imports(verified.manifest()));
  INGOT_TRY(const auto module, load::load(std::move(verified)));
  INGOT_TRY(const int function, find_function(*module, options.function));
  INGOT_TRY(const std::string input, read_input(options));

  INGOT_TRY_VOID(sandbox::start_watchdog());
  const instance::InstanceLimits bounds{options.memory_mib == 0 ? limits::memory_quota_bytes_default : options.memory_mib * limits::MiB};
  INGOT_TRY(const auto guest, instance::Instance::create(module, functions, bounds));
  // No database and no other modules here: the host functions that need them say so to the guest.
  host::eerp::ModuleRights rights;
  rights.name = module->manifest().name;
  std::vector<host::eerp::RouteDeclaration> routes;
  host::eerp::CallContext context;
  context.rights = &rights;
  context.routes = &routes;
  // A WASI module has nothing but a stream to print to, and that is not where its results go.
  INGOT_TRY(const auto world, host::wasi::World::create({.standard_output = STDERR_FILENO, .standard_error = STDERR_FILENO}));
  guest->set_host_data(is_wasi ? static_cast<void*>(world.get()) : &context);
  const std::uint64_t deadline_ms = options.deadline_ms == 0 ? limits::call_deadline_ms_default : options.deadline_ms;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
  {
    const sandbox::CallScope scope(deadline);
    if (auto trap = guest->start()) return Outcome{{}, std::move(trap)};
  }
  // The folder is asked for a second time, so that no other call waits while this one's guest starts.
  INGOT_TRY_VOID(remember_version(options, module->manifest()));
  const sandbox::CallScope scope(deadline);
  if (options.has_input || !options.input_file.empty()) return call_with_text(*guest, function, input);
  return call_with_numbers(*guest, function, options.arguments);
}

}  // namespace

int call(const CallOptions& options) {
  if (names_plugin_manifest(options.bundle)) return call_plugin_manifest(options);
  auto verified = open_bundle(options);
  if (!verified.ok()) return report(verified.error(), options.json);
  if (verified->manifest().contract == "extism") return call_plugin(options, std::move(*verified));
  const auto outcome = run(options, std::move(*verified));
  if (!outcome.ok()) return report(outcome.error(), options.json);
  if (outcome->trap) {
    const sandbox::Trap& trap = *outcome->trap;
    const int exit_code = sandbox::trap_is_limit(trap.kind) ? 8 : 7;
    if (options.json) {
      const nlohmann::json text{{"trap",
                                 {{"kind", sandbox::trap_name(trap.kind)},
                                  {"message", sandbox::describe_trap(trap)},
                                  {"backtrace", backtrace_json(trap.backtrace)}}},
                                {"exit_code", exit_code}};
      std::printf("%s\n", text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    }
    report_trap(trap);
    return exit_code;
  }
  if (options.json) {
    const nlohmann::json text{{"results", outcome->lines}};
    std::printf("%s\n", text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return 0;
  }
  for (const std::string& line : outcome->lines) std::printf("%s\n", line.c_str());
  return 0;
}

}  // namespace ingot::cli
