// SPDX-License-Identifier: Apache-2.0
#include "lower/shared_memory.hpp"

#include <array>
#include <string_view>

#include "extism_functions.hpp"
#include "ingest/extism.hpp"

namespace ingot::compiler::lower {
namespace {

struct Access {
  std::string_view name, window, body;  ///< `at` is the place in the window
};

// Behind the window nothing is read but 0, and nothing is written.
constexpr std::array<Access, 6> accesses{{
    {"load_u8", "all", "    return at < window->bytes ? window->data[at] : 0;\n"},
    {"load_u64", "all", "    u64 value = 0;\n    if (at < window->words) __builtin_memcpy(&value, window->data + at, sizeof value);\n    return value;\n"},
    {"store_u8", "all", "    if (at < window->bytes) window->data[at] = (u8)p1;\n    return;\n"},
    {"store_u64", "all", "    if (at < window->words) __builtin_memcpy(window->data + at, &p1, sizeof p1);\n    return;\n"},
    {"input_load_u8", "input", "    return at < window->bytes ? window->data[at] : 0;\n"},
    {"input_load_u64", "input", "    u64 value = 0;\n    if (at < window->words) __builtin_memcpy(&value, window->data + at, sizeof value);\n    return value;\n"},
}};

}  // namespace

std::string shared_memory_access(const ingest::ModuleImport& import, const format::FunctionType& type) {
  if (import.module != extism::module_name) return {};
  for (const Access& access : accesses) {
    if (import.name != access.name) continue;
    const extism::Signature& known = extism::functions[*extism::index_of(access.name)];
    if (type != ingest::type_of(known)) return {};
    return "  const ingot_shared_memory* shared = header_of(token)->shared;\n  if (__builtin_expect(shared != 0, 1)) {\n    const ingot_window* window = &shared->" + std::string(access.window) +
           ";\n    const u64 at = p0 - window->first;\n" + std::string(access.body) + "  }\n";
  }
  return {};
}

}  // namespace ingot::compiler::lower
