// SPDX-License-Identifier: Apache-2.0
#include "lower/nan_checks.hpp"

#include <string_view>

namespace ingot::compiler::lower {
namespace {

/// One of the two sizes in which each helper exists.
struct Size {
  std::string_view type;
  std::string_view suffix;
};
constexpr Size sizes[] = {{"double", ""}, {"float", "f"}};

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
  for (const auto& [type, suffix] : sizes) {
    const auto head = [&](std::string_view name) { return joined({"static ", type, " wasm_", name, suffix, "(", type, " x) {\n"}); };
    const std::string check = joined({"  if (UNLIKELY(isnan(x))) {\n    return quiet_nan", suffix, "(x);\n  }\n"});
    for (const std::string_view name : {"ceil", "floor", "nearbyint", "sqrt", "trunc"}) replace_once(text, head(name) + check, head(name));
    // Between two conversions: nothing is left of it.
    replace_once(text, head("quiet") + check + "  return x;\n}\n", joined({"#define wasm_quiet", suffix, "(x) (x)\n"}));
    const std::string_view integer = suffix.empty() ? "uint64_t" : "uint32_t", bytes = suffix.empty() ? "8" : "4", sign = suffix.empty() ? "(1ULL << 63)" : "(1UL << 31)";
    const std::string cleared = joined({"  if (UNLIKELY(isnan(x))) {\n    ", integer, " tmp;\n    wasm_rt_memcpy(&tmp, &x, ", bytes, ");\n    tmp = tmp & ~", sign,
                                        ";\n    wasm_rt_memcpy(&x, &tmp, ", bytes, ");\n    return x;\n  }\n"});
    replace_once(text, head("fabs") + cleared, head("fabs"));
  }
}

}  // namespace ingot::compiler::lower
