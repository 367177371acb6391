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

// For the code generator, which takes the constant out again: where the memory is, and which field says how large it is.
std::string layout(const std::string& member) {
  return "\n#ifdef __OPTIMIZE__\nstatic const uint64_t ingot_memory_layout[2] __attribute__((used)) = {INGOT_MEMORY_DISTANCE(sizeof(w2c_m)), "
         "__builtin_offsetof(w2c_m, " + member + ") + __builtin_offsetof(wasm_rt_memory_t, size)};\n#endif\n";
}

std::string rewritten(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  std::string member;
  bool several = false;
  std::size_t copied = 0;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    std::size_t end = at + before.size();
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (text.compare(end, after.size(), after) != 0) continue;
    result.append(text, copied, at + kept.size() - copied);
    result += computed;
    const std::size_t name = at + before.size() - std::string_view("w2c_").size();
    const std::string found = text.substr(name, end - name);
    several = several || (!member.empty() && member != found);
    member = found;
    copied = end + after.size();
  }
  result.append(text, copied);
  if (!member.empty() && !several) result += layout(member);
  return result;
}

}  // namespace

void find_memory_near_instance(std::string& text) { text = rewritten(text); }

}  // namespace ingot::compiler::lower
