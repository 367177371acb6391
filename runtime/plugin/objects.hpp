// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands behind the names of ingot_plugin.h.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "embed/include/ingot_plugin.h"
#include "embed/objects.hpp"
#include "host/extism/plugin.hpp"

namespace ingot::plugin {

/// A function's user data, freed by whoever has it last.
struct UserData {
  UserData() = default;
  UserData(const UserData&) = delete;
  UserData& operator=(const UserData&) = delete;
  ~UserData() {
    if (finalizer != nullptr) finalizer(pointer);
  }
  void* pointer = nullptr;
  ingot_finalizer finalizer = nullptr;
};

/// What plugins are made of. Never changed once it was made.
struct Compiled {
  std::vector<std::unique_ptr<ingot_module, embed::Disown<ingot_module>>> held;  ///< the engine counts them
  std::vector<host::extism::PluginModule> modules;
  host::extism::PluginOptions options;  ///< of each plugin
};

}  // namespace ingot::plugin

struct ingot_plugin_function {
  /// As a plugin takes it.
  ingot::host::extism::HostFunction bound() const;

  std::string module = "extism:host/user", name;
  ingot::format::FunctionType type;
  ingot_plugin_callback callback = nullptr;
  std::shared_ptr<ingot::plugin::UserData> user = std::make_shared<ingot::plugin::UserData>();
};

struct ingot_current_plugin {
  ingot::host::extism::PluginHost& host;
  std::optional<std::string> failure{};
};

struct ingot_compiled_plugin {
  std::shared_ptr<const ingot::plugin::Compiled> parts;
};

struct ingot_cancel_handle {
  ingot::host::extism::Plugin* plugin = nullptr;
};

struct ingot_plugin {
  std::shared_ptr<const ingot::plugin::Compiled> compiled;  ///< gone after the plugin
  std::unique_ptr<ingot::host::extism::Plugin> guest;
  std::optional<std::string> error{};
  std::array<std::uint8_t, 16> id{};
  ingot_cancel_handle cancel{};
};
