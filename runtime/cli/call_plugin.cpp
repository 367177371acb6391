// SPDX-License-Identifier: Apache-2.0
#include "cli/call_plugin.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

#include "cli/interrupt.hpp"
#include "cli/open_bundle.hpp"
#include "cli/plugin_grants.hpp"
#include "cli/plugin_source.hpp"
#include "cli/read_input.hpp"
#include "host/extism/plugin.hpp"
#include "host/extism/source.hpp"

namespace ingot::cli {
namespace {

using host::extism::CallOutcome;
using host::extism::LogLevel;
using host::extism::Plugin;

constexpr int exit_failed = 1;
constexpr int exit_signal = 128;  // and the signal's number

/// The plugin whose call an interrupt should end.
class Interruptible {
 public:
  void set(Plugin* plugin) {
    const std::scoped_lock lock(mutex_);
    plugin_ = plugin;
  }
  void interrupt() {
    const std::scoped_lock lock(mutex_);
    if (plugin_ != nullptr) plugin_->cancel();
  }

 private:
  std::mutex mutex_;
  Plugin* plugin_ = nullptr;
};

/// Control characters could forge other lines of the terminal.
void print_log(LogLevel level, std::string_view text) {
  std::string line(text);
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20 && letter != '\t') letter = ' ';
  }
  std::fprintf(stderr, "%s: %s\n", log_level_name(level), line.c_str());
}

/// False: the call failed.
bool print(const CallOutcome& outcome, const Plugin& plugin, const CallOptions& options) {
  const std::string_view output = plugin.output();
  if (options.json) {
    const nlohmann::json text{{"code", outcome.code}, {"output", std::string(output)}, {"error", outcome.error ? nlohmann::json(*outcome.error) : nlohmann::json()}};
    std::printf("%s\n", text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!outcome.error) {
    std::fwrite(output.data(), 1, output.size(), stdout);
    if (options.plugin.loop != 0) std::fputc('\n', stdout);
  }
  if (!outcome.error) return true;
  std::fflush(stdout);
  std::fprintf(stderr, "ingot: error: %s\n", outcome.error->c_str());
  if (outcome.trap) {
    for (const sandbox::TrapFrame& frame : outcome.trap->backtrace.frames) std::fprintf(stderr, "  at %s\n", sandbox::frame_text(frame).c_str());
  }
  return false;
}

/// What a manifest or a bundle by itself comes to.
struct Source {
  format::PluginManifest manifest;
  std::vector<host::extism::PluginModule> modules;
};

Result<Source> open_manifest(const CallOptions& options) {
  Source source;
  INGOT_TRY(source.manifest, host::extism::read_manifest(options.bundle));
  INGOT_TRY(source.modules, load_plugin_modules(source.manifest, options));
  return source;
}

Result<Source> open_single(bundle::VerifiedBundle verified) {
  Source source;
  INGOT_TRY(auto module, load::load(std::move(verified)));
  source.modules.push_back({"", std::move(module)});
  return source;
}

Result<bool> run(const CallOptions& options, Source source, Interruptible& interruptible, const InterruptWatch& interrupts) {
  if (!options.arguments.empty()) return Error{ErrorCode::invalid_argument, "a plugin's function takes no numbers: hand its input over with --input or --input-file"};
  INGOT_TRY(host::extism::PluginOptions plugin_options, read_plugin_options(options, source.manifest));
  plugin_options.settings.log = print_log;
  INGOT_TRY(const std::string input, read_input(options));
  INGOT_TRY(const auto plugin, Plugin::create(source.modules, std::move(plugin_options)));
  for (const auto& module : source.modules) INGOT_TRY_VOID(remember_version(options, module.module->manifest()));
  interruptible.set(plugin.get());
  bool good = true;
  for (unsigned long turn = 0; good && interrupts.received() == 0 && turn < std::max(options.plugin.loop, 1ul); ++turn) {
    good = print(plugin->call(options.function, input), *plugin, options);
  }
  interruptible.set(nullptr);
  return good;
}

int conclude(const CallOptions& options, Result<Source> source) {
  if (!source.ok()) return report(source.error(), options.json);
  Interruptible interruptible;
  const InterruptWatch interrupts([&interruptible] { interruptible.interrupt(); });
  const auto good = run(options, std::move(*source), interruptible, interrupts);
  if (!good.ok()) return report(good.error(), options.json);
  if (std::fflush(stdout) != 0) return report(Error{ErrorCode::io, "cannot write the output"}, false);
  if (interrupts.received() != 0) return exit_signal + interrupts.received();
  return *good ? 0 : exit_failed;
}

}  // namespace

int call_plugin(const CallOptions& options, bundle::VerifiedBundle verified) { return conclude(options, open_single(std::move(verified))); }

int call_plugin_manifest(const CallOptions& options) { return conclude(options, open_manifest(options)); }

}  // namespace ingot::cli
