// SPDX-License-Identifier: Apache-2.0
#include "lower/near_memory.hpp"

#include <cctype>
#include <string_view>

namespace ingot::compiler::lower {
namespace {

// What wasm2c writes for a memory inside the struct; for an imported one, which may be anywhere, it writes (instance->NAME)->data.
constexpr std::string_view before = "wasm_rt_local_memory_base = (&instance->w2c_";
constexpr std::string_view after = ")->data;";
constexpr std::string_view kept = "wasm_rt_local_memory_base = ";
constexpr std::string_view computed = "(uint8_t*)instance + INGOT_MEMORY_DISTANCE(sizeof(*instance));";

/// What native/backend must know to check a whole loop's accesses at once.
std::string layout_of(const std::string& memory) {
  return "\nstatic const uint64_t ingot_memory_layout[2] __attribute__((used)) = {INGOT_MEMORY_DISTANCE(sizeof(w2c_m)), offsetof(w2c_m, w2c_" + memory +
         ") + offsetof(wasm_rt_memory_t, size)};\n";
}

std::string rewritten(const std::string& text) {
  std::string result, memory;
  std::size_t copied = 0;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    std::size_t end = at + before.size();
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (text.compare(end, after.size(), after) != 0) continue;
    result.append(text, copied, at + kept.size() - copied);
    result += computed;
    memory = text.substr(at + before.size(), end - at - before.size());
    copied = end + after.size();
  }
  result.append(text, copied);
  return memory.empty() ? result : result + layout_of(memory);
}

}  // namespace

void find_memory_near_instance(SourceFiles& files) {
  for (auto& [name, text] : files) {
    if (name.ends_with(".c")) text = rewritten(text);
  }
}

}  // namespace ingot::compiler::lower
