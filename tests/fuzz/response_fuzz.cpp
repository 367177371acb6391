// SPDX-License-Identifier: Apache-2.0
// Any text as a module's answer. A body that is passed on must be JSON by itself.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "dispatch/response_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = ingot::dispatch::parse_module_response({reinterpret_cast<const char*>(data), size});
  const auto* answer = std::get_if<ingot::dispatch::ModuleResponse>(&parsed);
  if (answer != nullptr && (!nlohmann::json::accept(answer->body) || answer->status < 200 || answer->status > 599)) std::abort();
  return 0;
}
