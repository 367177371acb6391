// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plugin that is served: its verified modules, and a bounded pool of instances. Unless it keeps its state, nobody who calls it finds a byte of the call before.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "format/plugin_manifest.hpp"
#include "host/extism/plugin.hpp"
#include "instance/pool.hpp"
#include "plugins/host_functions.hpp"
#include "plugins/plugin_config.hpp"

namespace ingot::plugins {

/// How a call ended, for who counts.
enum class Ending { answered, plugin_error, trapped, late, busy };
inline constexpr std::size_t endings = 5;
/// "ok", "error", "trap", "timeout", "busy".
const char* ending_name(Ending ending);

struct PluginAnswer {
  Ending ending = Ending::answered;
  std::string output;                   ///< of Ending::answered
  std::string error;                    ///< of the others: the plugin's words for plugin_error, else ours for the log
  std::optional<sandbox::Trap> trap{};
  std::int32_t code = 0;                ///< as the function returned it
  std::chrono::nanoseconds took{0};     ///< waiting for an instance included
};

/// What bounds every plugin of the server.
struct ServerLimits {
  std::uint64_t memory_bytes_max = 0;   ///< of each memory
  std::uint64_t call_deadline_ms = 0;
};

class ServedPlugin final {
 public:
  /// Reads and verifies what `config` names and makes the first instance, so that an import which nobody offers is found now; no guest code runs. Errors: io; config (a module
  /// that was not cast, a function of the routes that the plugin does not export); verification; contract; limit.
  static Result<std::shared_ptr<ServedPlugin>> load(const PluginConfig& config, const bundle::TrustPolicy& trust, const ServerLimits& limits);
  ServedPlugin(const ServedPlugin&) = delete;
  ServedPlugin& operator=(const ServedPlugin&) = delete;

  /// Waits for an instance (half of the time at most), calls, and copies the output. On a fiber others go on meanwhile. Any thread.
  PluginAnswer call(const std::string& function, std::string_view input, PluginCall& about);

  const PluginConfig& config() const { return config_; }
  /// SHA-256 of each module's bundle, hex, in the order of the manifest.
  const std::vector<std::string>& digests() const { return digests_; }
  std::uint64_t timeout_ms() const { return timeout_ms_; }
  std::size_t instances_made() const { return pool_->instances_made(); }
  /// Puts instances to rest that nobody has used for config().rest_after_s; those that cannot rest stay awake. Any thread.
  void rest_idle();
  std::size_t instances_at_rest() const {
    return pool_->count_idle([](const Guest& guest) { return guest.plugin->is_at_rest(); });
  }
  /// Calls that ended so, since it was loaded.
  std::uint64_t calls(Ending ending) const { return calls_[static_cast<std::size_t>(ending)].load(std::memory_order_relaxed); }

 private:
  /// What the pool lends.
  struct Guest {
    std::unique_ptr<host::extism::Plugin> plugin;
    bool keeps_state = false;
    bool looked_at = false;  ///< by rest_idle(), since it was used last
    std::chrono::steady_clock::time_point used = std::chrono::steady_clock::now();
    void reset() {
      if (!keeps_state) plugin->forget();
      used = std::chrono::steady_clock::now();
      looked_at = false;
    }
  };
  explicit ServedPlugin(PluginConfig config) : config_(std::move(config)) {}
  host::extism::PluginOptions options_for(const format::PluginManifest& manifest, const ServerLimits& limits);
  Result<std::unique_ptr<Guest>> make() const;
  PluginAnswer run(Guest& guest, const std::string& function, std::string_view input, PluginCall& about) const;

  const PluginConfig config_;
  std::uint64_t timeout_ms_ = 0;
  std::vector<host::extism::PluginModule> modules_;
  std::vector<std::string> digests_;
  host::extism::PluginOptions options_;
  std::unique_ptr<instance::BasicPool<Guest>> pool_;
  std::array<std::atomic<std::uint64_t>, endings> calls_{};
};

}  // namespace ingot::plugins
