// SPDX-License-Identifier: Apache-2.0
#ifndef INGOT_PLUGIN_HPP
#define INGOT_PLUGIN_HPP
// Extism plugins for C++20: ingot_plugin.h with owners and exceptions. Every rule of ingot_plugin.h about threads and ownership holds here.
//
//     ingot::PluginFunction twice("twice", {INGOT_TYPE_PTR}, {INGOT_TYPE_PTR}, [](ingot::CurrentPlugin plugin, std::span<const ingot_value> in, std::span<ingot_value> out) {
//       const std::string text(plugin.block(in[0]));
//       out[0].of.i64 = plugin.store(text + text);
//     });
//     ingot::Plugin plugin(engine, manifest, {&twice});
//     std::string answer = plugin.call("greet", "Ada");

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot.hpp"
#include "ingot_plugin.h"

namespace ingot {
inline namespace embedding {

/// A call of a plugin that failed: what() is the plugin's error, its word.
class PluginFailure : public std::runtime_error {
 public:
  PluginFailure(std::int32_t code, const std::string& error) : std::runtime_error(error), code_(code) {}
  /// As ingot_plugin_call gives it.
  std::int32_t code() const { return code_; }

 private:
  std::int32_t code_;
};

/// The plugin that calls a host's function, until that returns.
class CurrentPlugin {
 public:
  explicit CurrentPlugin(ingot_current_plugin* plugin) : plugin_(plugin) {}
  /// The bytes of a block that the plugin named, until the next store(). Throws for anything that is no block, which ends the plugin's call; 0 is no bytes.
  std::string_view block(const ingot_value& value) const {
    const auto handle = static_cast<ingot_memory_handle>(value.of.i64);
    if (handle == 0) return {};
    const std::uint64_t bytes = ingot_current_plugin_memory_length(plugin_, handle);
    if (bytes == 0) throw std::out_of_range("no block of the plugin has the handle " + std::to_string(handle));
    return {reinterpret_cast<const char*>(ingot_current_plugin_memory(plugin_) + handle), static_cast<std::size_t>(bytes)};
  }
  /// A new block with these bytes, for a result; 0 for none. Throws when there is no room. REQUIRES: `bytes` is no view of block().
  std::int64_t store(std::string_view bytes) const {
    if (bytes.empty()) return 0;
    const ingot_memory_handle handle = ingot_current_plugin_memory_alloc(plugin_, bytes.size());
    if (handle == 0) throw std::length_error("no room in the plugin's memory");
    std::memcpy(ingot_current_plugin_memory(plugin_) + handle, bytes.data(), bytes.size());
    return static_cast<std::int64_t>(handle);
  }
  void* host_context() const { return ingot_current_plugin_host_context(plugin_); }
  ingot_current_plugin* get() const { return plugin_; }

 private:
  ingot_current_plugin* plugin_;
};

/// A function of the host's own. An exception that it throws ends the plugin's call with its text.
class PluginFunction {
 public:
  using Body = std::function<void(CurrentPlugin, std::span<const ingot_value>, std::span<ingot_value>)>;
  PluginFunction(const std::string& name, std::initializer_list<std::uint8_t> inputs, std::initializer_list<std::uint8_t> outputs, Body body) {
    auto kept = std::make_unique<Body>(std::move(body));
    function_.reset(ingot_function_new(name.c_str(), inputs.begin(), inputs.size(), outputs.begin(), outputs.size(), call, kept.get(), release));
    if (function_ == nullptr) throw std::invalid_argument("a function of a plugin's host takes and gives i32, i64, f32 and f64");
    kept.release();
  }
  PluginFunction& set_namespace(const std::string& name) {
    check(ingot_function_set_namespace(get(), name.c_str()));
    return *this;
  }
  ingot_plugin_function* get() const { return function_.get(); }

 private:
  static void release(void* user) { delete static_cast<Body*>(user); }
  static void call(ingot_current_plugin* plugin, const ingot_value* inputs, std::size_t input_count, ingot_value* outputs, std::size_t output_count, void* user) noexcept {
    try {
      (*static_cast<const Body*>(user))(CurrentPlugin(plugin), {inputs, input_count}, {outputs, output_count});
    } catch (const std::exception& exception) {
      ingot_current_plugin_fail(plugin, exception.what());
    } catch (...) {
      ingot_current_plugin_fail(plugin, nullptr);
    }
  }
  detail::Owner<ingot_plugin_function, ingot_function_free> function_;
};

namespace detail {
inline std::vector<ingot_plugin_function*> handles(std::initializer_list<const PluginFunction*> functions) {
  std::vector<ingot_plugin_function*> list;
  for (const PluginFunction* function : functions) list.push_back(function->get());
  return list;
}
}  // namespace detail

/// Read, verified and mapped once, for many plugins.
class CompiledPlugin {
 public:
  /// `source`: a bundle, or a manifest in JSON or TOML.
  CompiledPlugin(const Engine& engine, std::string_view source, std::initializer_list<const PluginFunction*> functions = {}, bool with_wasi = false) {
    ingot_compiled_plugin* compiled = nullptr;
    const auto given = detail::handles(functions);
    check(ingot_compiled_plugin_new(engine.get(), source.data(), source.size(), given.data(), given.size(), with_wasi, &compiled));
    compiled_.reset(compiled);
  }
  ingot_compiled_plugin* get() const { return compiled_.get(); }

 private:
  detail::Owner<ingot_compiled_plugin, ingot_compiled_plugin_free> compiled_;
};

class Plugin {
 public:
  explicit Plugin(const CompiledPlugin& compiled) {
    ingot_plugin* plugin = nullptr;
    check(ingot_plugin_new_from_compiled(compiled.get(), &plugin));
    plugin_.reset(plugin);
  }
  Plugin(const Engine& engine, std::string_view source, std::initializer_list<const PluginFunction*> functions = {}, bool with_wasi = false)
      : Plugin(CompiledPlugin(engine, source, functions, with_wasi)) {}

  /// Its output. Throws a PluginFailure.
  std::string call(const std::string& function, std::string_view input = {}, void* host_context = nullptr) {
    const std::int32_t code = ingot_plugin_call_with_host_context(get(), function.c_str(), input.data(), input.size(), host_context);
    if (code != 0) throw PluginFailure(code, ingot_plugin_error(get()));
    return {reinterpret_cast<const char*>(ingot_plugin_output_data(get())), static_cast<std::size_t>(ingot_plugin_output_length(get()))};
  }
  bool function_exists(const std::string& name) const { return ingot_plugin_function_exists(get(), name.c_str()); }
  /// A JSON object of texts; null takes a setting away. Throws std::invalid_argument.
  void config(std::string_view json) {
    if (!ingot_plugin_config(get(), json.data(), json.size())) throw std::invalid_argument(ingot_plugin_error(get()));
  }
  void reset() {
    if (!ingot_plugin_reset(get())) throw std::logic_error(ingot_plugin_error(get()));
  }
  /// Until the next call it takes little memory; false: it cannot, and is as it was. Throws std::logic_error while a call runs.
  bool rest() {
    if (ingot_plugin_rest(get())) return true;
    if (const char* wrong = ingot_plugin_error(get())) throw std::logic_error(wrong);
    return false;
  }
  /// Any thread. False: no call runs.
  bool cancel() const { return ingot_plugin_cancel(ingot_plugin_cancel_handle(get())); }
  std::array<std::uint8_t, 16> id() const {
    std::array<std::uint8_t, 16> id{};
    std::memcpy(id.data(), ingot_plugin_id(get()), id.size());
    return id;
  }
  void allow_http_response_headers() { ingot_plugin_allow_http_response_headers(get()); }
  ingot_plugin* get() const { return plugin_.get(); }

 private:
  detail::Owner<ingot_plugin, ingot_plugin_free> plugin_;
};

}  // namespace embedding
}  // namespace ingot

#endif  // INGOT_PLUGIN_HPP
