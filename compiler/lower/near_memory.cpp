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

std::string rewritten(const std::string& text) {
  std::string result;
  std::size_t copied = 0;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    std::size_t end = at + before.size();
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (text.compare(end, after.size(), after) != 0) continue;
    result.append(text, copied, at + kept.size() - copied);
    result += computed;
    copied = end + after.size();
  }
  return result.append(text, copied);
}

}  // namespace

void find_memory_near_instance(SourceFiles& files) {
  for (auto& [name, text] : files) {
    if (name.ends_with(".c")) text = rewritten(text);
  }
}

}  // namespace ingot::compiler::lower
