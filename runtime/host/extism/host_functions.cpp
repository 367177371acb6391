// SPDX-License-Identifier: Apache-2.0
//
// Between the thunks in the island and what the host does. No exception and no trap is raised here: a status goes back, and the thunk raises.

#include "host/extism/host_functions.hpp"

#include <algorithm>
#include <exception>

#include "host/extism/http_request.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::extism {

const char* log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return "trace";
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
    case LogLevel::off: return "off";
  }
  return "?";
}

namespace {

/// What a variable takes beside its name and its value, as the reference counts it.
constexpr std::uint64_t variable_bytes_each = 48;

/// A text that the plugin hands over for good.
ingot_trap take_text(PluginHost& host, std::uint64_t handle, const char* what, std::string& text) {
  const auto block = host.kernel.block(handle);
  if (!block) return host.fail("invalid handle offset for " + std::string(what) + ": " + std::to_string(handle));
  text = *block;
  host.kernel.free(handle);
  return INGOT_TRAP_NONE;
}

/// To the plugin, which frees it; nothing is handle 0.
ingot_trap give_text(PluginHost& host, std::string_view text, ingot_slot* slots) {
  slots[0].i64 = host.kernel.alloc(text);
  if (slots[0].i64 != 0 || text.empty()) return INGOT_TRAP_NONE;
  return host.kernel.growth_is_exhausted() ? INGOT_TRAP_LIMIT : host.fail("no memory is left for what the host has to say");
}

/// The text of this name, a key that the plugin hands over for good.
ingot_trap give_named(PluginHost& host, const Texts& texts, const char* what, ingot_slot* slots) {
  const std::uint64_t handle = slots[0].i64;
  const auto key = host.kernel.block(handle);
  if (!key) return host.fail("invalid handle offset for " + std::string(what) + ": " + std::to_string(handle));
  const auto found = texts.find(*key);
  host.kernel.free(handle);
  return give_text(host, found == texts.end() ? std::string_view{} : found->second, slots);
}

ingot_trap config_get(PluginHost& host, ingot_slot* slots) { return give_named(host, host.settings.config, "config key", slots); }
ingot_trap var_get(PluginHost& host, ingot_slot* slots) { return give_named(host, host.variables, "var key", slots); }

ingot_trap var_set(PluginHost& host, ingot_slot* slots) {
  if (host.settings.variable_bytes_max == 0) return host.fail("Vars are disabled by this host");
  std::string key;
  if (const ingot_trap trap = take_text(host, slots[0].i64, "var key", key); trap != INGOT_TRAP_NONE) return trap;
  const auto found = host.variables.find(key);
  const std::uint64_t before = found == host.variables.end() ? 0 : key.size() + found->second.size() + variable_bytes_each;
  if (slots[1].i64 == 0) {
    if (found != host.variables.end()) host.variables.erase(found);
    host.variable_bytes -= before;
    return INGOT_TRAP_NONE;
  }
  const auto value = host.kernel.block(slots[1].i64);
  if (!value) return host.fail("invalid handle offset for var value: " + std::to_string(slots[1].i64));
  const std::uint64_t after = host.variable_bytes - before + key.size() + value->size() + variable_bytes_each;
  if (after > host.settings.variable_bytes_max) return host.fail("Variable store is full");
  host.variables.insert_or_assign(std::move(key), std::string(*value));
  host.variable_bytes = after;
  host.kernel.free(slots[1].i64);
  return INGOT_TRAP_NONE;
}

template <LogLevel level>
ingot_trap log(PluginHost& host, ingot_slot* slots) {
  const auto text = host.kernel.block(slots[0].i64);
  if (!text) return host.fail("invalid handle offset for log message: " + std::to_string(slots[0].i64));
  if (level >= host.settings.log_level && host.settings.log && host.log_bytes_left > 0) {
    const std::string_view kept = text->substr(0, host.log_bytes_left);
    host.log_bytes_left -= std::max<std::uint64_t>(kept.size(), 1);
    host.settings.log(level, kept);
    if (host.log_bytes_left == 0) host.settings.log(LogLevel::warn, "the plugin has said all that one call may say; the rest of it is lost");
  }
  host.kernel.free(slots[0].i64);
  return INGOT_TRAP_NONE;
}

ingot_trap http_request(PluginHost& host, ingot_slot* slots) {
  std::string request, body;
  if (const ingot_trap trap = take_text(host, slots[0].i64, "http request", request); trap != INGOT_TRAP_NONE) return trap;
  if (slots[1].i64 != 0) {
    if (const ingot_trap trap = take_text(host, slots[1].i64, "http request body", body); trap != INGOT_TRAP_NONE) return trap;
  }
  std::string answer;
  if (const ingot_trap trap = perform_http_request(host, request, body, answer); trap != INGOT_TRAP_NONE) return trap;
  return give_text(host, answer, slots);
}

ingot_trap http_headers(PluginHost& host, ingot_slot* slots) { return give_text(host, host.http_headers, slots); }

using Body = ingot_trap (*)(PluginHost&, ingot_slot*);

/// Of whatever the host does, exceptions end here.
template <typename Work>
ingot_trap guarded(PluginHost& host, Work&& work) noexcept {
  try {
    return work();
  } catch (const std::exception&) {
    host.failure.clear();
    return INGOT_TRAP_HOST;
  }
}

struct Crossing {
  void* context;
  ingot_slot* slots;
  ingot_trap trap = INGOT_TRAP_NONE;
};

/// The work is done on the thread's own stack.
std::uint32_t cross_with(void (*work)(void*), void* context, ingot_slot* slots) noexcept {
  if (!sandbox::host_stack_has_room()) [[unlikely]] return INGOT_TRAP_STACK_EXHAUSTED;
  Crossing crossing{context, slots};
  sandbox::on_host_stack(work, &crossing);
  // A deadline that passed while the host worked or waited is acted upon now, before the guest goes on.
  return crossing.trap != INGOT_TRAP_NONE ? crossing.trap : sandbox::CallScope::requested();
}

template <Body body>
std::uint32_t bridge(void* context, ingot_slot* slots) noexcept {
  return cross_with(
      [](void* argument) {
        auto& crossing = *static_cast<Crossing*>(argument);
        auto& host = *static_cast<PluginHost*>(crossing.context);
        crossing.trap = guarded(host, [&] { return body(host, crossing.slots); });
        sandbox::FiberLoop::yield_if_due();
      },
      context, slots);
}

/// What takes no time and waits for nothing stays on the guest's stack, whose reserve for host functions is ample for it.
template <Body body>
std::uint32_t short_bridge(void* context, ingot_slot* slots) noexcept {
  auto& host = *static_cast<PluginHost*>(context);
  return guarded(host, [&] { return body(host, slots); });
}

std::uint32_t call_own(void* context, ingot_slot* slots) noexcept {
  return cross_with(
      [](void* argument) {
        auto& crossing = *static_cast<Crossing*>(argument);
        auto& bound = *static_cast<BoundFunction*>(crossing.context);
        crossing.trap = guarded(bound.host, [&] { return bound.function.body(bound.host, crossing.slots); });
        sandbox::FiberLoop::yield_if_due();
      },
      context, slots);
}

std::uint32_t http_status_code(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = static_cast<std::uint32_t>(static_cast<PluginHost*>(context)->http_status);
  return INGOT_TRAP_NONE;
}
std::uint32_t get_log_level(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = static_cast<std::uint32_t>(static_cast<PluginHost*>(context)->settings.log_level);
  return INGOT_TRAP_NONE;
}

struct Named {
  std::string_view name;
  ingot_host_function function;
};
constexpr Named all[] = {{"config_get", short_bridge<config_get>},
                         {"var_get", short_bridge<var_get>},
                         {"var_set", bridge<var_set>},
                         {"http_request", bridge<http_request>},
                         {"http_status_code", http_status_code},
                         {"http_headers", bridge<http_headers>},
                         {"log_trace", bridge<log<LogLevel::trace>>},
                         {"log_debug", bridge<log<LogLevel::debug>>},
                         {"log_info", bridge<log<LogLevel::info>>},
                         {"log_warn", bridge<log<LogLevel::warn>>},
                         {"log_error", bridge<log<LogLevel::error>>},
                         {"get_log_level", get_log_level}};

}  // namespace

ingot_host_function host_function(std::string_view name) {
  const auto found = std::ranges::find(all, name, &Named::name);
  return found == std::end(all) ? nullptr : found->function;
}

ingot_host_function own_function() { return call_own; }

}  // namespace ingot::host::extism
