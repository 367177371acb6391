// SPDX-License-Identifier: Apache-2.0
// Functions of the host's own, and what they may do with the plugin that calls them.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "plugin/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

bool is_number(std::uint8_t type) { return type >= INGOT_TYPE_F64 && type <= INGOT_TYPE_I32; }
std::size_t bytes_of(std::uint32_t type) { return type == INGOT_TYPE_I64 || type == INGOT_TYPE_F64 ? 8 : 4; }

ingot_value value_of(std::uint8_t type) {
  ingot_value value{};
  value.type = type;
  return value;
}

ingot_trap call(const ingot_plugin_function& function, host::extism::PluginHost& host, ingot_slot* slots) {
  const auto& [parameters, results] = function.type;
  std::vector<ingot_value> inputs, outputs;
  for (std::size_t at = 0; at < parameters.size(); ++at) std::memcpy(&inputs.emplace_back(value_of(parameters[at])).of, &slots[at], bytes_of(parameters[at]));
  for (const std::uint8_t type : results) outputs.push_back(value_of(type));
  ingot_current_plugin current{host};
  function.callback(&current, inputs.data(), inputs.size(), outputs.data(), outputs.size(), function.user->pointer);
  if (current.failure) return host.fail(std::move(*current.failure));
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (outputs[at].type != results[at]) return host.fail("the host's function " + function.module + "." + function.name + " gave a result of another type than it was made with");
    slots[at].i64 = 0;
    std::memcpy(&slots[at], &outputs[at].of, bytes_of(results[at]));
  }
  return INGOT_TRAP_NONE;
}

}  // namespace

host::extism::HostFunction ingot_plugin_function::bound() const {
  return {module, name, type, [copy = *this](host::extism::PluginHost& host, ingot_slot* slots) { return call(copy, host, slots); }};
}

extern "C" {

ingot_plugin_function* ingot_function_new(const char* name, const uint8_t* input_types, size_t input_count, const uint8_t* output_types, size_t output_count,
                                          ingot_plugin_callback callback, void* user, ingot_finalizer free_user) {
  ingot_plugin_function* made = nullptr;
  ingot_error_free(guarded([&]() -> ingot_error* {
    if (name == nullptr || callback == nullptr || (input_types == nullptr && input_count != 0) || (output_types == nullptr && output_count != 0)) return nullptr;
    auto function = std::make_unique<ingot_plugin_function>();
    function->name = name;
    function->type.params.assign(input_types, input_types + input_count);
    function->type.results.assign(output_types, output_types + output_count);
    if (!std::ranges::all_of(function->type.params, is_number) || !std::ranges::all_of(function->type.results, is_number)) return nullptr;
    function->callback = callback;
    function->user->pointer = user;
    function->user->finalizer = free_user;
    made = function.release();
    return nullptr;
  }));
  return made;
}

ingot_error* ingot_function_set_namespace(ingot_plugin_function* function, const char* name) {
  return guarded([&]() -> ingot_error* {
    if (name == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no namespace was given");
    function->module = name;
    return nullptr;
  });
}

void ingot_function_free(ingot_plugin_function* function) { delete function; }

uint8_t* ingot_current_plugin_memory(ingot_current_plugin* plugin) { return plugin->host.kernel.base(); }
ingot_memory_handle ingot_current_plugin_memory_alloc(ingot_current_plugin* plugin, uint64_t bytes) { return plugin->host.kernel.alloc(bytes); }
uint64_t ingot_current_plugin_memory_length(ingot_current_plugin* plugin, ingot_memory_handle handle) { return plugin->host.kernel.length(handle); }
void ingot_current_plugin_memory_free(ingot_current_plugin* plugin, ingot_memory_handle handle) { plugin->host.kernel.free(handle); }
void* ingot_current_plugin_host_context(ingot_current_plugin* plugin) { return plugin->host.host_context; }

void ingot_current_plugin_fail(ingot_current_plugin* plugin, const char* reason) {
  if (ingot_error* const error = guarded([&]() -> ingot_error* {
        plugin->failure = reason != nullptr ? reason : "a function of the host failed";
        return nullptr;
      })) {
    plugin->failure.emplace();  // it ends all the same
    ingot_error_free(error);
  }
}

}  // extern "C"
