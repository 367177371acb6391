// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guests of this folder, cast by run.mjs, as plugins.

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include "bundle/verify.hpp"
#include "host/extism/plugin.hpp"
#include "load/module.hpp"

namespace ingot::test {

using host::extism::CallOutcome;
using host::extism::HostFunction;
using host::extism::log_level_name;
using host::extism::LogLevel;
using host::extism::Plugin;
using host::extism::PluginHost;
using host::extism::PluginModule;
using host::extism::PluginOptions;
using host::extism::WasiAccess;

/// Mapped once for all tests of the process.
inline std::shared_ptr<const load::LoadedModule> guest(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const load::LoadedModule>> known;
  auto& module = known[name];
  if (module != nullptr) return module;
  const char* folder = std::getenv("INGOT_EXTISM_GUESTS");
  if (folder == nullptr) throw std::runtime_error("INGOT_EXTISM_GUESTS is not set: run this through run.mjs");
  bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  auto verified = bundle::open_and_verify(std::string(folder) + "/" + name + ".ingot", trust);
  if (!verified.ok()) throw std::runtime_error(verified.error().message);
  auto loaded = load::load(std::move(*verified));
  if (!loaded.ok()) throw std::runtime_error(loaded.error().message);
  return module = *loaded;
}

/// What tour.wat imports of its host's own: the text twice, and a number of four numbers.
inline std::vector<HostFunction> own_functions() {
  constexpr std::uint8_t i32 = INGOT_TYPE_I32, i64 = INGOT_TYPE_I64, f32 = INGOT_TYPE_F32, f64 = INGOT_TYPE_F64;
  const auto twice = [](PluginHost& host, ingot_slot* slots) {
    const auto text = host.kernel.block(slots[0].i64);
    if (!text) return host.fail("twice: no such handle");
    const std::string both = std::string(*text) + std::string(*text);
    slots[0].i64 = host.kernel.alloc(both);
    return INGOT_TRAP_NONE;
  };
  const auto mix = [](PluginHost&, ingot_slot* slots) {
    slots[0].f64 = static_cast<std::int32_t>(slots[0].i32) + static_cast<double>(slots[1].i64) + static_cast<double>(slots[2].f32) + slots[3].f64;
    return INGOT_TRAP_NONE;
  };
  return {{"extism:host/user", "twice", {{i64}, {i64}}, twice}, {"numbers", "mix", {{i32, i64, f32, f64}, {f64}}, mix}};
}

inline std::unique_ptr<Plugin> make(std::vector<PluginModule> modules, PluginOptions options = {}) {
  auto made = Plugin::create(std::move(modules), std::move(options));
  if (!made.ok()) throw std::runtime_error(made.error().message);
  return std::move(*made);
}
inline std::string refusal(std::vector<PluginModule> modules, PluginOptions options = {}) {
  auto made = Plugin::create(std::move(modules), std::move(options));
  return made.ok() ? "nothing was refused" : made.error().message;
}
inline std::unique_ptr<Plugin> tour(PluginOptions options = {}) {
  if (options.functions.empty()) options.functions = own_functions();
  return make({{"", guest("tour")}}, std::move(options));
}
/// One that may use WASI.
inline std::unique_ptr<Plugin> program(WasiAccess access = {}) {
  PluginOptions options;
  options.wasi.emplace(std::move(access));
  return make({{"", guest("program")}}, std::move(options));
}

/// What it gives; the test fails when the call does.
inline std::string output_of(Plugin& plugin, std::string_view name, std::string_view input = {}) {
  const CallOutcome outcome = plugin.call(name, input);
  EXPECT_FALSE(outcome.error.has_value()) << name << ": " << outcome.error.value_or("");
  return std::string(plugin.output());
}
inline std::uint64_t number_of(Plugin& plugin, std::string_view name, std::string_view input = {}) {
  const std::string bytes = output_of(plugin, name, input);
  std::uint64_t number = 0;
  EXPECT_EQ(bytes.size(), sizeof number) << name;
  if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}
inline std::string error_of(Plugin& plugin, std::string_view name, std::string_view input = {}) { return plugin.call(name, input).error.value_or("no error"); }
inline std::string eight_bytes(std::uint64_t number) { return std::string(reinterpret_cast<const char*>(&number), sizeof number); }

}  // namespace ingot::test
