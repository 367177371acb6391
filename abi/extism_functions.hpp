// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions that an Extism 1.x plugin may import, by name and type: what the compiler compares imports with and what the runtime serves. abi/EXTISM.md says what each does.

#include <array>
#include <optional>
#include <string_view>

namespace ingot::extism {

/// The module that these are imported from.
inline constexpr std::string_view module_name = "extism:host/env";
/// Where a host's own functions are, unless it says otherwise.
inline constexpr std::string_view user_module_name = "extism:host/user";

struct Signature {
  std::string_view name;
  std::string_view params;   ///< i = i32, I = i64
  std::string_view results;
};

inline constexpr std::array<Signature, 32> functions{{
    // Memory between plugin and host.
    {"alloc", "I", "I"},
    {"free", "I", ""},
    {"length", "I", "I"},
    {"length_unsafe", "I", "I"},
    {"load_u8", "I", "i"},
    {"load_u64", "I", "I"},
    {"store_u8", "Ii", ""},
    {"store_u64", "II", ""},
    {"input_set", "II", ""},
    {"input_length", "", "I"},
    {"input_offset", "", "I"},
    {"input_load_u8", "I", "i"},
    {"input_load_u64", "I", "I"},
    {"output_set", "II", ""},
    {"output_length", "", "I"},
    {"output_offset", "", "I"},
    {"error_set", "I", ""},
    {"error_get", "", "I"},
    {"reset", "", ""},
    {"memory_bytes", "", "I"},
    // What a host does for its plugins.
    {"config_get", "I", "I"},
    {"var_get", "I", "I"},
    {"var_set", "II", ""},
    {"http_request", "II", "I"},
    {"http_status_code", "", "i"},
    {"http_headers", "", "I"},
    {"log_trace", "I", ""},
    {"log_debug", "I", ""},
    {"log_info", "I", ""},
    {"log_warn", "I", ""},
    {"log_error", "I", ""},
    {"get_log_level", "", "i"},
}};

/// Of one of `functions`; nothing for any other name.
constexpr std::optional<std::size_t> index_of(std::string_view name) {
  for (std::size_t index = 0; index < functions.size(); ++index) {
    if (functions[index].name == name) return index;
  }
  return std::nullopt;
}

}  // namespace ingot::extism
