// SPDX-License-Identifier: Apache-2.0
// Plugins: made, called, asked, stopped.
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "plugin/compile.hpp"

using namespace ingot;
using namespace ingot::embed;
using host::extism::HostFunction;
using host::extism::LogLevel;

namespace {

constexpr std::int32_t did_not_run = -1;

/// RFC 9562, section 5.4. Errors: limit.
Result<std::array<std::uint8_t, 16>> random_uuid() {
  std::array<std::uint8_t, 16> id{};
  ssize_t given = 0;
  do given = getrandom(id.data(), id.size(), 0);
  while (given < 0 && errno == EINTR);
  if (given != static_cast<ssize_t>(id.size())) return Error{ErrorCode::limit, std::string("no random number for the plugin's id: ") + std::strerror(errno)};
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0f) | 0x40);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);
  return id;
}

Result<std::vector<HostFunction>> bind(ingot_plugin_function* const* functions, std::size_t count) {
  std::vector<HostFunction> bound;
  if (functions == nullptr && count != 0) return Error{ErrorCode::invalid_argument, "no functions were given, and their number is " + std::to_string(count)};
  for (std::size_t index = 0; index < count; ++index) {
    if (functions[index] == nullptr) return Error{ErrorCode::invalid_argument, "function " + std::to_string(index) + " is NULL; ingot_function_new gives that for a type that no function may have"};
    HostFunction next = functions[index]->bound();
    for (const HostFunction& other : bound) {
      if (other.module == next.module && other.name == next.name) return Error{ErrorCode::invalid_argument, "the function " + next.module + "." + next.name + " was given twice"};
    }
    bound.push_back(std::move(next));
  }
  return bound;
}

Result<std::shared_ptr<const plugin::Compiled>> compile(ingot_engine* engine, const void* source, std::size_t bytes, ingot_plugin_function* const* functions, std::size_t count, bool wasi) {
  if (source == nullptr) return Error{ErrorCode::invalid_argument, "no source was given; it is a bundle, or a manifest in JSON or TOML"};
  INGOT_TRY(std::vector<HostFunction> bound, bind(functions, count));
  return plugin::compile(engine, {static_cast<const char*>(source), bytes}, std::move(bound), wasi);
}

Result<std::unique_ptr<ingot_plugin>> make(std::shared_ptr<const plugin::Compiled> compiled) {
  auto made = std::make_unique<ingot_plugin>();
  INGOT_TRY(made->id, random_uuid());
  INGOT_TRY(made->guest, host::extism::Plugin::create(compiled->modules, compiled->options));
  made->compiled = std::move(compiled);
  made->cancel.plugin = made->guest.get();
  return made;
}

/// Notes why; whatever it cannot note is no memory.
void note(ingot_plugin& plugin, std::string_view why) noexcept {
  try {
    plugin.error.emplace(why);
  } catch (...) {
    plugin.error.emplace("out of memory");  // short enough to ask for none
  }
}

/// Runs what may fail, and notes it.
template <typename Body>
bool noted(ingot_plugin& plugin, Body&& body) noexcept {
  ingot_error* const error = guarded(body);
  if (error == nullptr) return true;
  note(plugin, ingot_error_message(error));
  ingot_error_free(error);
  return false;
}

ingot_error* busy() { return fail(INGOT_ERROR_ARGUMENT, "a call of this plugin is running"); }

/// Null, or what is wrong; then `settings` is half done.
const char* change(const nlohmann::json& changes, host::extism::Texts& settings) {
  if (changes.is_discarded()) return "the settings are not JSON";
  if (!changes.is_object()) return "the settings are no JSON object";
  for (const auto& [name, value] : changes.items()) {
    if (value.is_null()) {
      settings.erase(name);
    } else if (value.is_string()) {
      settings.insert_or_assign(name, value.get<std::string>());
    } else {
      return "a setting is a text, or null to take it away";
    }
  }
  return nullptr;
}

std::optional<LogLevel> level_of(std::string_view word) {
  for (const LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    if (word == log_level_name(level)) return level;
  }
  return std::nullopt;
}

}  // namespace

extern "C" {

ingot_error* ingot_compiled_plugin_new(ingot_engine* engine, const void* source, size_t bytes, ingot_plugin_function* const* functions, size_t function_count, bool with_wasi,
                                       ingot_compiled_plugin** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    auto compiled = compile(engine, source, bytes, functions, function_count, with_wasi);
    if (!compiled.ok()) return fail(compiled.error());
    *out = new ingot_compiled_plugin{std::move(*compiled)};
    return nullptr;
  });
}

void ingot_compiled_plugin_free(ingot_compiled_plugin* compiled) { delete compiled; }

ingot_error* ingot_plugin_new_from_compiled(ingot_compiled_plugin* compiled, ingot_plugin** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    auto made = make(compiled->parts);
    if (!made.ok()) return fail(made.error());
    *out = made->release();
    return nullptr;
  });
}

ingot_error* ingot_plugin_new(ingot_engine* engine, const void* source, size_t bytes, ingot_plugin_function* const* functions, size_t function_count, bool with_wasi,
                              ingot_plugin** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    auto compiled = compile(engine, source, bytes, functions, function_count, with_wasi);
    if (!compiled.ok()) return fail(compiled.error());
    auto made = make(std::move(*compiled));
    if (!made.ok()) return fail(made.error());
    *out = made->release();
    return nullptr;
  });
}

void ingot_plugin_free(ingot_plugin* plugin) { delete plugin; }

int32_t ingot_plugin_call(ingot_plugin* plugin, const char* name, const void* input, size_t bytes) {
  return ingot_plugin_call_with_host_context(plugin, name, input, bytes, nullptr);
}

int32_t ingot_plugin_call_with_host_context(ingot_plugin* plugin, const char* name, const void* input, size_t bytes, void* host_context) {
  std::int32_t code = did_not_run;
  const bool ran = noted(*plugin, [&]() -> ingot_error* {
    if (plugin->guest->is_running()) return fail(INGOT_ERROR_ARGUMENT, "cannot make reentrant calls into plugin");
    if (name == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no function was named");
    if (input == nullptr && bytes != 0) return fail(INGOT_ERROR_ARGUMENT, "the input is NULL, and its length is " + std::to_string(bytes));
    auto outcome = plugin->guest->call(name, {static_cast<const char*>(input), bytes}, host_context);
    code = outcome.error && outcome.code == 0 ? did_not_run : outcome.code;
    plugin->error = std::move(outcome.error);
    return nullptr;
  });
  return ran ? code : did_not_run;
}

const char* ingot_plugin_error(const ingot_plugin* plugin) { return plugin->error ? plugin->error->c_str() : nullptr; }
uint64_t ingot_plugin_output_length(const ingot_plugin* plugin) { return plugin->guest->output().size(); }
const uint8_t* ingot_plugin_output_data(const ingot_plugin* plugin) { return reinterpret_cast<const uint8_t*>(plugin->guest->output().data()); }

bool ingot_plugin_config(ingot_plugin* plugin, const char* json, size_t bytes) {
  return noted(*plugin, [&]() -> ingot_error* {
    if (plugin->guest->is_running()) return busy();
    if (json == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no settings were given");
    auto& settings = plugin->guest->host().settings.config;
    auto changed = settings;
    if (const char* wrong = change(nlohmann::json::parse(json, json + bytes, nullptr, false), changed)) return fail(INGOT_ERROR_ARGUMENT, wrong);
    settings = std::move(changed);
    plugin->error.reset();
    return nullptr;
  });
}

bool ingot_plugin_function_exists(const ingot_plugin* plugin, const char* name) {
  bool exists = false;
  ingot_error_free(guarded([&]() -> ingot_error* {
    exists = name != nullptr && plugin->guest->has_function(name);
    return nullptr;
  }));
  return exists;
}

bool ingot_plugin_reset(ingot_plugin* plugin) {
  return noted(*plugin, [&]() -> ingot_error* {
    if (plugin->guest->is_running()) return busy();
    plugin->guest->reset();
    plugin->error.reset();
    return nullptr;
  });
}

bool ingot_plugin_rest(ingot_plugin* plugin) {
  bool rests = false;
  const bool ran = noted(*plugin, [&]() -> ingot_error* {
    if (plugin->guest->is_running()) return busy();
    plugin->error.reset();
    rests = plugin->guest->rest();
    return nullptr;
  });
  return ran && rests;
}

const uint8_t* ingot_plugin_id(const ingot_plugin* plugin) { return plugin->id.data(); }
void ingot_plugin_allow_http_response_headers(ingot_plugin* plugin) { plugin->guest->host().settings.http_response_headers = true; }

const ingot_cancel_handle* ingot_plugin_cancel_handle(const ingot_plugin* plugin) { return &plugin->cancel; }
bool ingot_plugin_cancel(const ingot_cancel_handle* handle) { return handle->plugin->cancel(); }

bool ingot_plugin_log_to(ingot_plugin* plugin, const char* level, ingot_plugin_log log, void* user) {
  return noted(*plugin, [&]() -> ingot_error* {
    if (plugin->guest->is_running()) return busy();
    const auto least = level != nullptr ? level_of(level) : std::nullopt;
    if (!least) return fail(INGOT_ERROR_ARGUMENT, "no such level; there are trace, debug, info, warn, error and off");
    if (log == nullptr && *least != LogLevel::off) return fail(INGOT_ERROR_ARGUMENT, "no function was given that takes the log");
    auto& settings = plugin->guest->host().settings;
    settings.log = [log, user](LogLevel of, std::string_view text) { log(user, log_level_name(of), text.data(), text.size()); };
    settings.log_level = *least;
    plugin->error.reset();
    return nullptr;
  });
}

}  // extern "C"
