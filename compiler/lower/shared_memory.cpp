// SPDX-License-Identifier: Apache-2.0
#include "lower/shared_memory.hpp"

#include <array>
#include <string_view>

#include "extism_functions.hpp"
#include "ingest/extism.hpp"

namespace ingot::compiler::lower {
namespace {

struct Access {
  std::string_view name, window;
  unsigned bytes;
  bool stores;
};
constexpr std::array<Access, 6> accesses{{
    {"load_u8", "all", 1, false},
    {"load_u64", "all", 8, false},
    {"store_u8", "all", 1, true},
    {"store_u64", "all", 8, true},
    {"input_load_u8", "input", 1, false},
    {"input_load_u64", "input", 8, false},
}};

const Access* access_of(const ingest::ModuleImport& import, const format::FunctionType& type) {
  if (import.module != extism::module_name) return nullptr;
  for (const Access& access : accesses) {
    if (import.name == access.name) return type == ingest::type_of(extism::functions[*extism::index_of(access.name)]) ? &access : nullptr;
  }
  return nullptr;
}

// `at` is the place in the window. Behind it nothing is read but 0, and nothing is written.
std::string one_word(const Access& access) {
  if (access.bytes == 1) {
    return access.stores ? "    if (at < window->bytes) window->data[at] = (u8)p1;\n    return;\n" : "    return at < window->bytes ? window->data[at] : 0;\n";
  }
  return access.stores ? "    if (at < window->words) __builtin_memcpy(window->data + at, &p1, sizeof p1);\n    return;\n"
                       : "    u64 value = 0;\n    if (at < window->words) __builtin_memcpy(&value, window->data + at, sizeof value);\n    return value;\n";
}

std::string in_window(const Access& access, const std::string& work) {
  return "  const ingot_shared_memory* shared = header_of(token)->shared;\n  if (__builtin_expect(shared != 0, 1)) {\n    const ingot_window* window = &shared->" +
         std::string(access.window) + ";\n    const u64 at = p0 - window->first;\n" + work + "  }\n";
}

}  // namespace

std::string shared_memory_access(const ingest::ModuleImport& import, const format::FunctionType& type) {
  const Access* access = access_of(import, type);
  return access == nullptr ? std::string() : in_window(*access, one_word(*access));
}

std::string shared_memory_copy(const ingest::ModuleImport& import, const format::FunctionType& type, std::uint32_t index) {
  const Access* access = access_of(import, type);
  if (access == nullptr) return {};
  const std::string bytes = std::to_string(access->bytes);
  return "\nu64 w2c_h_b" + std::to_string(index) + "(struct w2c_h* token, u64 p0, u8* guest, u64 words);\nu64 w2c_h_b" + std::to_string(index) +
         "(struct w2c_h* token, u64 p0, u8* guest, u64 words) {\n" +
         in_window(*access, "    if (at >= window->bytes) return 0;\n    const u64 there = (window->bytes - at) / " + bytes +
                                ";\n    if (words > there) words = there;\n    __builtin_memcpy(" + (access->stores ? "window->data + at, guest" : "guest, window->data + at") + ", words * " + bytes +
                                ");\n    return words;\n") +
         "  return 0;\n}\n";
}

std::string shared_memory_facts(const ingest::ModuleImport& import, const format::FunctionType& type, std::uint32_t index) {
  const Access* access = access_of(import, type);
  return access == nullptr ? std::string() : std::to_string(index) + ", " + std::to_string(access->bytes) + ", " + (access->stores ? "1, " : "0, ");
}

}  // namespace ingot::compiler::lower
