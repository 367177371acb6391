// SPDX-License-Identifier: Apache-2.0
//
// `ingot run`: a WASI program as if it were one of the system's, with nothing but what the command line grants.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/grants.hpp"
#include "cli/interrupt.hpp"
#include "cli/open_bundle.hpp"
#include "cli/quantities.hpp"
#include "host/wasi/functions.hpp"
#include "host/wasi/program.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::cli {
namespace {

constexpr int exit_trap = 134;     // as a shell says it of a process that aborted
constexpr int exit_limit = 8;
constexpr int exit_signal = 128;   // and the signal's number

using Deadline = std::chrono::steady_clock::time_point;

Result<host::wasi::Grants> read_grants(const RunOptions& options) {
  host::wasi::Grants grants;
  grants.arguments.push_back(std::filesystem::path(options.bundle).stem().string());
  grants.arguments.insert(grants.arguments.end(), options.arguments.begin(), options.arguments.end());
  for (const std::string& word : options.variables) {
    INGOT_TRY(std::string variable, parse_variable(word));
    grants.environment.push_back(std::move(variable));
  }
  for (const std::string& word : options.directories) {
    INGOT_TRY(host::wasi::DirectoryGrant directory, parse_directory(word));
    grants.directories.push_back(std::move(directory));
  }
  for (const std::string& word : options.listeners) {
    INGOT_TRY(host::wasi::OwnedFd socket, listen_on(word));
    grants.sockets.push_back(std::move(socket));
  }
  grants.standard_input = STDIN_FILENO;
  grants.standard_output = STDOUT_FILENO;
  grants.standard_error = STDERR_FILENO;
  return grants;
}

Result<Deadline> read_deadline(const RunOptions& options) {
  if (options.timeout.empty()) return Deadline::max();
  INGOT_TRY(const auto allowed, parse_duration(options.timeout));
  return std::chrono::steady_clock::now() + allowed;
}

Result<std::uint64_t> read_memory_limit(const RunOptions& options) {
  if (options.memory_limit.empty()) return limits::wasm32_address_space_bytes;
  return parse_size(options.memory_limit);
}

Result<std::shared_ptr<const load::LoadedModule>> load_program(const RunOptions& options, std::vector<ingot_host_function>& functions) {
  INGOT_TRY(bundle::VerifiedBundle verified, open_bundle(options));
  if (verified.manifest().contract == "eerp") {
    return Error{ErrorCode::contract, options.bundle + " is a business module and no program: `ingot serve` serves it, `ingot call` calls one of its functions"};
  }
  INGOT_TRY(functions, host::wasi::resolve_imports(verified.manifest()));
  return load::load(std::move(verified));
}

Result<host::wasi::Ending> run(const RunOptions& options, sandbox::CancelToken& cancel) {
  // What was said wrongly is said before anything is opened.
  INGOT_TRY(const Deadline deadline, read_deadline(options));
  INGOT_TRY(const std::uint64_t memory_bytes_max, read_memory_limit(options));
  std::vector<ingot_host_function> functions;
  INGOT_TRY(const auto module, load_program(options, functions));
  INGOT_TRY(const int start, host::wasi::find_start(*module));
  INGOT_TRY(host::wasi::Grants grants, read_grants(options));
  INGOT_TRY(const auto world, host::wasi::World::create(std::move(grants)));
  INGOT_TRY_VOID(sandbox::start_watchdog());
  const instance::InstanceLimits bounds{.memory_bytes_max = memory_bytes_max, .stack_bytes = limits::wasi_program_stack_bytes};
  INGOT_TRY(const auto program, instance::Instance::create(module, functions, bounds));
  INGOT_TRY_VOID(remember_version(options, module->manifest()));
  const sandbox::CallScope scope(deadline, &cancel);
  return host::wasi::run_program(*program, *world, start);
}

int exit_code_of(std::uint32_t code) {
  // The system keeps eight bits of it; what is no success must not become one.
  const auto low = static_cast<int>(code & 0xff);
  return code != 0 && low == 0 ? 1 : low;
}

}  // namespace

int run_program(const RunOptions& options) {
  sandbox::CancelToken cancel;
  const InterruptWatch interrupts([&cancel] { cancel.cancel(); });
  const auto ending = run(options, cancel);
  if (!ending.ok()) return report(ending.error());
  if (const auto* code = std::get_if<std::uint32_t>(&*ending)) return exit_code_of(*code);
  const auto& trap = std::get<sandbox::Trap>(*ending);
  if (trap.kind == INGOT_TRAP_CANCELLED && interrupts.received() != 0) return exit_signal + interrupts.received();
  report_trap(trap);
  return sandbox::trap_is_limit(trap.kind) ? exit_limit : exit_trap;
}

}  // namespace ingot::cli
