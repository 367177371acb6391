// SPDX-License-Identifier: Apache-2.0
#include "plugins/served_plugin.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "host/extism/source.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::plugins {
namespace {

namespace fs = std::filesystem;
using host::extism::CallOutcome;
using host::extism::Plugin;

/// What a manifest says, or one that names a bundle by itself.
Result<format::PluginManifest> read_source(const std::string& path) {
  if (format::plugin_manifest_syntax(path)) return host::extism::read_manifest(path);
  format::PluginManifest manifest;
  manifest.modules.emplace_back().path = fs::path(path).filename();
  return manifest;
}

std::uint64_t smallest(std::initializer_list<std::optional<std::uint64_t>> values, std::uint64_t bound) {
  for (const auto& value : values) bound = std::min(bound, value.value_or(bound));
  return bound;
}

/// What an import asks for that this server has, and this plugin may not have.
std::string advice_for(const PluginConfig& config, const std::vector<host::extism::PluginModule>& modules) {
  for (const auto& module : modules) {
    for (const format::Import& import : module.module->manifest().imports) {
      const bool granted = std::ranges::find(config.host_functions, import.name) != config.host_functions.end();
      if (import.module == "extism:host/user" && is_host_function(import.name) && !granted) return "; to allow it, name '" + import.name + "' in \"host_functions\" of the plugin";
    }
  }
  return "";
}

}  // namespace

const char* ending_name(Ending ending) {
  switch (ending) {
    case Ending::answered: return "ok";
    case Ending::plugin_error: return "error";
    case Ending::trapped: return "trap";
    case Ending::late: return "timeout";
    case Ending::busy: return "busy";
  }
  return "?";
}

Result<std::shared_ptr<ServedPlugin>> ServedPlugin::load(const PluginConfig& config, const bundle::TrustPolicy& trust, const ServerLimits& limits) {
  auto served = std::shared_ptr<ServedPlugin>(new ServedPlugin(config));
  INGOT_TRY(const format::PluginManifest manifest, read_source(config.source));
  const host::extism::ManifestOrigin origin{.label = config.source,
                                            .folder = fs::path(config.source).parent_path().string(),
                                            .advice = "cast the plugin with `ingotc build " + config.source + " -o FOLDER`, and name what it writes into that folder"};
  INGOT_TRY(served->modules_, host::extism::load_modules(manifest, origin, [&](format::Bytes bytes, const std::string& where) { return bundle::verify(std::move(bytes), where, trust); }));
  for (const auto& module : served->modules_) served->digests_.push_back(module.module->bundle().digest());
  served->options_ = served->options_for(manifest, limits);
  ServedPlugin* const self = served.get();
  served->pool_ = std::make_unique<instance::BasicPool<Guest>>([self] { return self->make(); }, config.pool);

  auto first = served->pool_->acquire(std::chrono::steady_clock::now());
  if (!first.ok()) {
    Error error = std::move(first).error();
    if (error.code == ErrorCode::contract) error.message += advice_for(config, served->modules_);
    return error;
  }
  for (const PluginRoute& route : config.routes) {
    if (!(*first)->plugin->has_function(route.function)) {
      return Error{ErrorCode::config, "the route " + route.method + " " + route.path + " calls '" + route.function + "', and the plugin exports no function of that name that takes its input through the host"};
    }
  }
  return served;
}

// The manifest asks, the configuration grants.
host::extism::PluginOptions ServedPlugin::options_for(const format::PluginManifest& manifest, const ServerLimits& limits) {
  host::extism::PluginOptions options = host::extism::granted_by(manifest, false);
  for (const auto& [name, value] : config_.config) options.settings.config.insert_or_assign(name, value);
  options.settings.granted_hosts = config_.allowed_hosts;
  options.settings.log_level = config_.log_level;
  options.settings.log = [name = config_.name](host::extism::LogLevel level, std::string_view text) { log_of_plugin(name, level, text); };
  options.functions = host_functions(config_.host_functions);
  if (config_.wasi) options.wasi.emplace().directories = config_.paths;
  timeout_ms_ = smallest({manifest.timeout_ms, config_.timeout_ms}, limits.call_deadline_ms);
  options.timeout_ms = timeout_ms_;
  if (config_.memory_pages_max) options.memory_pages_max = std::min(*config_.memory_pages_max, options.memory_pages_max.value_or(*config_.memory_pages_max));
  options.memory_bytes_max = limits.memory_bytes_max;
  return options;
}

Result<std::unique_ptr<ServedPlugin::Guest>> ServedPlugin::make() const {
  auto guest = std::make_unique<Guest>();
  guest->keeps_state = config_.keeps_state;
  INGOT_TRY(guest->plugin, Plugin::create(modules_, options_));
  return guest;
}

PluginAnswer ServedPlugin::call(const std::string& function, std::string_view input, PluginCall& about) {
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + std::chrono::milliseconds(timeout_ms_);
  PluginAnswer answer;
  {
    // Half of the time for waiting, so that whoever gets an instance has time to use it.
    auto lease = pool_->acquire(began + (deadline - began) / 2);
    if (!lease.ok()) {
      answer.ending = Ending::busy;
      answer.error = lease.error().message;
    } else {
      const sandbox::CallScope scope(deadline);  // one deadline: what was waited for is gone
      answer = run(**lease, function, input, about);
    }
  }
  answer.took = std::chrono::steady_clock::now() - began;
  calls_[static_cast<std::size_t>(answer.ending)].fetch_add(1, std::memory_order_relaxed);
  return answer;
}

void ServedPlugin::rest_idle() {
  if (config_.rest_after_s == 0) return;
  const auto before = std::chrono::steady_clock::now() - std::chrono::seconds(config_.rest_after_s);
  pool_->visit_idle([&](Guest& guest) {
    if (guest.looked_at || guest.used > before) return;
    guest.looked_at = true;
    (void)guest.plugin->rest();  // who cannot rest is not asked again before it was used
  });
}

PluginAnswer ServedPlugin::run(Guest& guest, const std::string& function, std::string_view input, PluginCall& about) const {
  Plugin& plugin = *guest.plugin;
  CallOutcome outcome = plugin.call(function, input, &about);
  PluginAnswer answer;
  answer.code = outcome.code;
  if (!outcome.error) {
    answer.output = std::string(plugin.output());
    return answer;
  }
  // A plugin that has set an error has spoken, also where its kit then ends it by a trap; what it says is nobody's word but its own.
  const auto& kernel = plugin.host().kernel;
  const bool spoke = kernel.block(kernel.error_get()).has_value();
  const bool late = outcome.trap && (outcome.trap->kind == INGOT_TRAP_DEADLINE || outcome.trap->kind == INGOT_TRAP_CANCELLED);
  answer.ending = late ? Ending::late : spoke || outcome.returned || (!outcome.trap && outcome.code > 0) ? Ending::plugin_error : Ending::trapped;
  answer.error = std::move(*outcome.error);
  answer.trap = std::move(outcome.trap);
  return answer;
}

}  // namespace ingot::plugins
