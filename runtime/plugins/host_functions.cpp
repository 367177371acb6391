// SPDX-License-Identifier: Apache-2.0
#include "plugins/host_functions.hpp"

#include <algorithm>
#include <array>

#include "dispatch/utf8.hpp"
#include "limits.hpp"
#include "observe/log.hpp"

namespace ingot::plugins {
namespace {

using host::extism::LogLevel;
using host::extism::PluginHost;

constexpr std::size_t texts_max = 64, text_bytes_max = 4096;
constexpr std::array<std::string_view, 2> names{"log_event", "log_audit"};

observe::Level level_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return observe::Level::trace;
    case LogLevel::debug: return observe::Level::debug;
    case LogLevel::info: return observe::Level::info;
    case LogLevel::warn: return observe::Level::warn;
    default: return observe::Level::error;
  }
}

/// The text of the one argument, or why the plugin's call ends.
ingot_trap read_text(PluginHost& host, const ingot_slot* slots, std::size_t so_far, std::string_view name, std::string& text) {
  const auto block = host.kernel.block(slots[0].i64);
  if (!block) return host.fail(std::string(name) + " was given a handle that is no block");
  if (so_far >= texts_max) return host.fail(std::string(name) + " was called more than " + std::to_string(texts_max) + " times in one call");
  if (block->size() > text_bytes_max) return host.fail(std::string(name) + " takes at most " + std::to_string(text_bytes_max) + " bytes");
  text = dispatch::to_utf8(*block);
  return INGOT_TRAP_NONE;
}

ingot_trap log_event(PluginHost& host, ingot_slot* slots) {
  auto& call = *static_cast<PluginCall*>(host.host_context);
  std::string text;
  if (const ingot_trap trap = read_text(host, slots, call.events, "log_event", text); trap != INGOT_TRAP_NONE) return trap;
  ++call.events;
  observe::log(observe::Level::info, text, {{"module", call.plugin}, {"request_id", call.request_id}, {"tenant", call.tenant}});
  return INGOT_TRAP_NONE;
}

ingot_trap log_audit(PluginHost& host, ingot_slot* slots) {
  auto& call = *static_cast<PluginCall*>(host.host_context);
  std::string text;
  if (const ingot_trap trap = read_text(host, slots, call.audits.size(), "log_audit", text); trap != INGOT_TRAP_NONE) return trap;
  call.audits.push_back(std::move(text));
  return INGOT_TRAP_NONE;
}

}  // namespace

bool is_host_function(std::string_view name) { return std::ranges::find(names, name) != names.end(); }

std::string host_function_names() { return std::string(names[0]) + ", " + std::string(names[1]); }

std::vector<host::extism::HostFunction> host_functions(const std::vector<std::string>& wanted) {
  std::vector<host::extism::HostFunction> functions;
  for (const std::string& name : wanted) {
    functions.push_back({"extism:host/user", name, {{INGOT_TYPE_I64}, {}}, name == "log_event" ? log_event : log_audit});
  }
  return functions;
}

void log_of_plugin(const std::string& plugin, LogLevel level, std::string_view text) {
  std::string line(text.substr(0, limits::log_message_bytes_max));
  if (line.size() < text.size()) line += "...";
  observe::log(level_of(level), dispatch::to_utf8(line), {{"module", plugin}});
}

}  // namespace ingot::plugins
