// SPDX-License-Identifier: Apache-2.0
#include "host/extism/plugin.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "sandbox/watchdog.hpp"

namespace ingot::host::extism {
namespace {

constexpr std::size_t starts_to_learn_max = 4;  // one that is passed, two that are compared, one more where two lay so that they could not be
constexpr std::int32_t did_not_run = -1, aborted = 134;  // the latter as a shell says it of a process

CallOutcome failed(std::string why, std::int32_t code = did_not_run) { return {.code = code, .error = std::move(why)}; }

sandbox::Clock::time_point deadline_in(const std::optional<std::uint64_t>& milliseconds) {
  if (!milliseconds) return sandbox::Clock::time_point::max();
  const auto now = sandbox::Clock::now();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(sandbox::Clock::time_point::max() - now);
  if (*milliseconds >= static_cast<std::uint64_t>(left.count())) return sandbox::Clock::time_point::max();
  return now + std::chrono::milliseconds(*milliseconds);
}

/// The index of an exported function of exactly this type, else -1.
int find_exact(const load::LoadedModule& module, const char* name, const format::FunctionType& type) {
  const int index = module.find_function(name);
  return index >= 0 && module.manifest().exports[static_cast<std::size_t>(index)].type == type ? index : -1;
}

}  // namespace

Plugin::~Plugin() {
  // Whoever imports from another goes before it.
  for (auto index = order_.rbegin(); index != order_.rend(); ++index) parts_[*index].guest.reset();
}

bool Plugin::has_function(std::string_view name) const {
  int function = -1;
  return !check_function(name, function);
}

std::optional<CallOutcome> Plugin::check_function(std::string_view name, int& function) const {
  const load::LoadedModule& module = *parts_[entry_].module;
  function = module.find_function(name);
  if (function < 0) return failed("Function not found: " + std::string(name));
  const format::FunctionType& type = module.manifest().exports[static_cast<std::size_t>(function)].type;
  if (!type.params.empty()) return failed("Function " + std::string(name) + " takes parameters; a function of a plugin takes its input through the host");
  if (type.results.size() > 1) return failed("Function " + std::string(name) + " has " + std::to_string(type.results.size()) + " results, expected 0 or 1");
  return std::nullopt;
}

bool Plugin::cancel() { return cancel_.cancel_current(); }

/// For as long as a call runs.
struct Plugin::Running {
  Running(Plugin& of, void* host_context) : plugin(of) {
    plugin.running_ = true;
    plugin.host_->host_context = host_context;
    plugin.host_->log_bytes_left = limits::extism_log_bytes_max;
    plugin.host_->failure.clear();
  }
  ~Running() {
    plugin.host_->host_context = nullptr;
    plugin.running_ = false;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  Plugin& plugin;
};

CallOutcome Plugin::call(std::string_view name, std::string_view input, void* host_context) {
  if (running_) return failed("cannot make reentrant calls into plugin");
  // Mostly it is the same one as before.
  if (called_name_ != name || called_function_ < 0) {
    int function = -1;
    if (auto refused = check_function(name, function)) return std::move(*refused);
    called_name_ = name;
    called_function_ = function;
    const auto& results = parts_[entry_].module->manifest().exports[static_cast<std::size_t>(function)].type.results;
    called_result_ = results.empty() ? std::nullopt : std::optional(results[0]);
  }
  const int function = called_function_;
  const Running running(*this, host_context);
  const sandbox::CallScope scope(deadline_in(options_.timeout_ms), &cancel_);
  auto ended = wake();
  if (!ended) ended = start_afresh();
  if (!ended) ended = place_input(input);
  CallOutcome outcome = ended ? std::move(*ended) : run(function);
  if (name == "_start") must_start_ = true;
  return outcome;
}

bool Plugin::rest() {
  if (at_rest_) return true;
  if (parts_.size() != 1) return false;
  std::unique_ptr<const instance::Rested> rested;
  if (!must_start_) {
    if (entry().start_could_be_learned()) learn_start();
    auto left = entry().rest();
    if (!left) return false;
    rested = std::make_unique<const instance::Rested>(std::move(*left));
  }
  host_->kernel.rest();
  unlink();
  rested_ = std::move(rested);
  at_rest_ = true;
  return true;
}

// Its own start has asked the host for nothing, so these do not either.
void Plugin::learn_start() {
  const sandbox::CallScope scope(deadline_in(options_.timeout_ms));
  std::vector<std::unique_ptr<instance::Instance>> others;
  while (others.size() < starts_to_learn_max && entry().start_could_be_learned()) {
    std::vector<std::string> path;
    auto other = make_guest(entry_, path);
    if (!other.ok() || (*other)->start()) return;
    others.push_back(std::move(*other));
  }
}

void Plugin::unlink() {
  parts_[entry_].guest.reset();
  parts_[entry_].linking = false;
  order_.clear();
  bound_.clear();
}

std::optional<CallOutcome> Plugin::wake() {
  if (!at_rest_) return std::nullopt;
  std::vector<std::string> path;
  if (auto linked = link(entry_, path); !linked.ok()) {
    unlink();
    return failed(linked.error().message);
  }
  if (rested_ != nullptr) {
    if (!entry().start_from(*rested_)) {
      unlink();
      return failed("out of memory: the plugin was at rest, and there is no room to wake it");
    }
    entry().set_host_data(world_.get());
    rested_.reset();
  }
  at_rest_ = false;
  return std::nullopt;
}

void Plugin::forget() {
  if (at_rest_) rested_.reset();
  host_->kernel.reset();
  host_->variables.clear();
  host_->variable_bytes = 0;
  host_->http_status = 0;
  host_->http_headers.clear();
  host_->failure.clear();
  // Whoever imports from another goes before it.
  for (auto index = order_.rbegin(); index != order_.rend(); ++index) {
    instance::Instance& guest = *parts_[*index].guest;
    if (guest.state() != instance::State::empty) guest.reset();
  }
  world_.reset();
  must_start_ = true;
}

std::optional<CallOutcome> Plugin::start_afresh() {
  if (!must_start_) return std::nullopt;
  growth_ = {};
  if (options_.memory_pages_max) {
    const std::uint64_t kernel = host_->kernel.memory_bytes() > limits::wasm_page_bytes ? host_->kernel.memory_bytes() - limits::wasm_page_bytes : 0;
    const std::uint64_t allowed = std::uint64_t{*options_.memory_pages_max} * limits::wasm_page_bytes;
    growth_.bytes_left = allowed - std::min(allowed, kernel);
  }
  if (options_.wasi) {
    wasi::Grants grants;
    grants.directories = options_.wasi->directories;
    grants.standard_output = options_.wasi->standard_output;
    grants.standard_error = options_.wasi->standard_error;
    auto world = wasi::World::create(std::move(grants));
    if (!world.ok()) return failed(world.error().message);
    world_ = std::move(*world);
  }
  host_->kernel.reset();
  for (const std::size_t index : order_) {
    instance::Instance& guest = *parts_[index].guest;
    if (guest.state() != instance::State::empty) guest.reset();
    guest.set_host_data(world_.get());
    if (auto trap = guest.ensure_started()) return ending(*trap);
  }
  if (auto ended = initialise()) return ended;
  must_start_ = false;
  return std::nullopt;
}

std::optional<CallOutcome> Plugin::initialise() {
  const load::LoadedModule& module = *parts_[entry_].module;
  const int reactor = find_exact(module, "_initialize", {});
  const int constructors = find_exact(module, "__wasm_call_ctors", {});
  const int haskell = find_exact(module, "hs_init", {{INGOT_TYPE_I32, INGOT_TYPE_I32}, {}});
  ingot_slot none[2]{};
  const auto call = [&](int function) -> std::optional<CallOutcome> {
    if (function < 0) return std::nullopt;
    if (auto trap = entry().call(function, none)) return ending(*trap);
    return std::nullopt;
  };
  if (haskell < 0) return call(constructors >= 0 ? constructors : reactor);
  if (auto ended = call(reactor)) return ended;
  return call(haskell);
}

std::optional<CallOutcome> Plugin::place_input(std::string_view input) {
  Kernel& kernel = host_->kernel;
  kernel.reset();
  if (input.empty()) return std::nullopt;
  const std::uint64_t handle = kernel.alloc(input);
  if (handle == 0) {
    must_start_ = must_start_ || growth_.exhausted;
    return failed("oom");
  }
  kernel.input_set(handle, input.size());
  return std::nullopt;
}

CallOutcome Plugin::run(int function) {
  ingot_slot slots[2]{};
  auto trap = entry().call(function, slots);
  CallOutcome outcome;
  if (trap) {
    outcome = ending(*trap);
  } else {
    outcome.returned = true;
    outcome.code = !called_result_ ? 0 : *called_result_ == INGOT_TYPE_I32 ? static_cast<std::int32_t>(slots[0].i32) : did_not_run;
  }
  // What the plugin says of its failure goes before what its host would.
  const auto said = host_->kernel.block(host_->kernel.error_get());
  if (said) {
    outcome.error = std::string(*said);
  } else if (!outcome.error && outcome.code != 0) {
    outcome.error = "Returned non-zero exit code: " + std::to_string(outcome.code);
  }
  return outcome;
}

CallOutcome Plugin::ending(const sandbox::Trap& trap) {
  must_start_ = true;
  CallOutcome outcome{.code = aborted, .trap = trap};
  if (trap.kind == INGOT_TRAP_EXIT && world_ != nullptr && world_->exit_code) {
    outcome.trap.reset();  // it left by itself
    outcome.code = static_cast<std::int32_t>(*world_->exit_code);
    if (outcome.code != 0) outcome.error = "Returned non-zero exit code: " + std::to_string(outcome.code);
  } else if (growth_.exhausted) {
    outcome.error = "oom";
  } else if (trap.kind == INGOT_TRAP_DEADLINE) {
    outcome.error = "timeout";
  } else if (trap.kind == INGOT_TRAP_CANCELLED) {
    outcome.error = "cancelled";
  } else if (trap.kind == INGOT_TRAP_HOST && !host_->failure.empty()) {
    outcome.error = host_->failure;
  } else {
    outcome.error = sandbox::describe_trap(trap);
  }
  return outcome;
}

}  // namespace ingot::host::extism
