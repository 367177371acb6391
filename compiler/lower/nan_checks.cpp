// SPDX-License-Identifier: Apache-2.0
#include "lower/nan_checks.hpp"

#include <initializer_list>
#include <string_view>

namespace ingot::compiler::lower {
namespace {

/// One of the two sizes in which each helper exists, and how its absolute value clears the sign.
struct Size {
  std::string_view type;
  std::string_view suffix;
  std::string_view integer;
  std::string_view bytes;
  std::string_view sign;
};
constexpr Size sizes[] = {{"double", "", "uint64_t", "8", "(1ULL << 63)"}, {"float", "f", "uint32_t", "4", "(1UL << 31)"}};

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string result;
  for (const std::string_view part : parts) result += part;
  return result;
}

void replace_once(std::string& text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
}

}  // namespace

void drop_nan_checks(std::string& text) {
  if (text.find("wasm_quiet") == std::string::npos) return;
  for (const auto& [type, suffix, integer, bytes, sign] : sizes) {
    const auto head = [type = type, suffix = suffix](std::string_view name) { return joined({"static ", type, " wasm_", name, suffix, "(", type, " x) {\n"}); };
    const std::string check = joined({"  if (UNLIKELY(isnan(x))) {\n    return quiet_nan", suffix, "(x);\n  }\n"});
    for (const std::string_view name : {"ceil", "floor", "nearbyint", "sqrt", "trunc"}) replace_once(text, head(name) + check, head(name));
    // Between two conversions: nothing is left of it.
    replace_once(text, head("quiet") + check + "  return x;\n}\n", joined({"#define wasm_quiet", suffix, "(x) (x)\n"}));
    const std::string cleared = joined({"  if (UNLIKELY(isnan(x))) {\n    ", integer, " tmp;\n    wasm_rt_memcpy(&tmp, &x, ", bytes, ");\n    tmp = tmp & ~", sign,
                                        ";\n    wasm_rt_memcpy(&x, &tmp, ", bytes, ");\n    return x;\n  }\n"});
    replace_once(text, head("fabs") + cleared, head("fabs"));
  }
}

}  // namespace ingot::compiler::lower
