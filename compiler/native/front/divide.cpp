// SPDX-License-Identifier: Apache-2.0
#include "native/front/divide.hpp"

#include <optional>
#include <vector>

namespace ingot::compiler::native {
namespace {

constexpr std::string_view name_begin = " w2c_m_";
constexpr std::string_view first_parameter = "(w2c_m* instance";

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Where words, one behind the other, of `text` begin and end: numbers are words here.
template <typename Take>
void each_word(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_word(text[at])) ++at;
    take(begin, at);
  }
}

struct Definition {
  std::size_t begin = 0, end = 0;  ///< in the text
  std::string_view head;           ///< "static u32 w2c_m_f12(w2c_m* instance, u32 var_p0)"
  std::string_view name;
  std::string_view body;           ///< with its braces
};

/// The definition of a guest function whose name stands behind the space at `at`.
std::optional<Definition> definition_at(std::string_view text, std::size_t at) {
  std::size_t name_end = at + 1;
  while (name_end < text.size() && is_word(text[name_end])) ++name_end;
  if (!text.substr(name_end).starts_with(first_parameter)) return std::nullopt;
  Definition found;
  found.begin = text.rfind('\n', at) + 1;
  for (const char c : text.substr(found.begin, at - found.begin)) {
    if (!is_word(c) && c != ' ') return std::nullopt;
  }
  const std::size_t close = text.find(')', name_end);
  if (close == std::string_view::npos || !text.substr(close).starts_with(") {")) return std::nullopt;
  found.head = text.substr(found.begin, close + 1 - found.begin);
  found.name = text.substr(at + 1, name_end - at - 1);
  std::size_t depth = 0;
  for (std::size_t i = close + 2; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '#' || text[i] == '"' || text[i] == '\'') return std::nullopt;
    if (text[i] != '}' || --depth != 0) continue;
    found.end = i + 1;
    found.body = text.substr(close + 2, i + 1 - close - 2);
    return found;
  }
  return std::nullopt;
}

/// Has it what our front end knows nothing of: several results, references, vectors, bit-fields, what lower/nest left alone?
bool is_foreign(const Definition& definition) {
  if (definition.head.starts_with("struct ") || definition.head.starts_with("static struct ")) return true;
  for (const std::string_view word : {"struct ", "wasm_rt_funcref_t ", "wasm_rt_externref_t ", "v128", "simde_", "_segment_dropped_", "_table_copy(", "_table_init(", "NULL", "FUNC_PROLOGUE",
                                      "wasm_rt_local_memory_size", " ret = "}) {
    if (definition.head.find(word) != std::string_view::npos || definition.body.find(word) != std::string_view::npos) return true;
  }
  return false;
}

/// The translator's macros as functions: their result, their arguments. Those that take any type stand here once for each.
struct Macro {
  std::string_view name;
  std::string_view suffix;
  std::string_view result;
  std::string_view argument;
  int arguments;
};
constexpr Macro macros[] = {
    {"I32_CLZ", "", "u32", "u32", 1}, {"I64_CLZ", "", "u64", "u64", 1}, {"I32_CTZ", "", "u32", "u32", 1}, {"I64_CTZ", "", "u64", "u64", 1},
    {"I32_POPCNT", "", "u32", "u32", 1}, {"I64_POPCNT", "", "u64", "u64", 1},
    {"I32_ROTL", "", "u32", "u32", 2}, {"I64_ROTL", "", "u64", "u64", 2}, {"I32_ROTR", "", "u32", "u32", 2}, {"I64_ROTR", "", "u64", "u64", 2},
    {"I32_DIV_S", "", "u32", "u32", 2}, {"I64_DIV_S", "", "u64", "u64", 2}, {"I32_REM_S", "", "u32", "u32", 2}, {"I64_REM_S", "", "u64", "u64", 2},
    {"DIV_U", "_u32", "u32", "u32", 2}, {"DIV_U", "_u64", "u64", "u64", 2}, {"REM_U", "_u32", "u32", "u32", 2}, {"REM_U", "_u64", "u64", "u64", 2},
    {"FMIN", "_f32", "f32", "f32", 2}, {"FMIN", "_f64", "f64", "f64", 2}, {"FMAX", "_f32", "f32", "f32", 2}, {"FMAX", "_f64", "f64", "f64", 2},
    {"I32_TRUNC_S_F32", "", "u32", "f32", 1}, {"I32_TRUNC_S_F64", "", "u32", "f64", 1}, {"I32_TRUNC_U_F32", "", "u32", "f32", 1},
    {"I32_TRUNC_U_F64", "", "u32", "f64", 1}, {"I64_TRUNC_S_F32", "", "u64", "f32", 1}, {"I64_TRUNC_S_F64", "", "u64", "f64", 1},
    {"I64_TRUNC_U_F32", "", "u64", "f32", 1}, {"I64_TRUNC_U_F64", "", "u64", "f64", 1}, {"I32_TRUNC_SAT_S_F32", "", "u32", "f32", 1},
    {"I32_TRUNC_SAT_S_F64", "", "u32", "f64", 1}, {"I32_TRUNC_SAT_U_F32", "", "u32", "f32", 1}, {"I32_TRUNC_SAT_U_F64", "", "u32", "f64", 1},
    {"I64_TRUNC_SAT_S_F32", "", "u64", "f32", 1}, {"I64_TRUNC_SAT_S_F64", "", "u64", "f64", 1}, {"I64_TRUNC_SAT_U_F32", "", "u64", "f32", 1},
    {"I64_TRUNC_SAT_U_F64", "", "u64", "f64", 1},
    {"copysignf", "", "f32", "f32", 2}, {"copysign", "", "f64", "f64", 2},
};

/// The helpers that are functions.
constexpr std::string_view helpers[] = {
    "wasm_fabs", "wasm_fabsf", "wasm_floor", "wasm_floorf", "wasm_ceil", "wasm_ceilf", "wasm_trunc", "wasm_truncf", "wasm_nearbyint", "wasm_nearbyintf",
    "wasm_sqrt", "wasm_sqrtf", "wasm_rt_grow_memory", "memory_fill", "memory_copy", "memory_init",
};

/// What the functions mention.
struct Mentions {
  std::set<std::string_view> symbols;  ///< functions, tables, types of functions
  std::set<std::string_view> members;  ///< of the instance
  std::set<std::string_view> macros;
};

void collect(std::string_view text, Mentions& mentions) {
  static const std::set<std::string_view> known = [] {
    std::set<std::string_view> names;
    for (const Macro& macro : macros) names.insert(macro.name);
    return names;
  }();
  static const std::set<std::string_view> functions(std::begin(helpers), std::end(helpers));
  each_word(text, [&](std::size_t begin, std::size_t end) {
    const std::string_view word = text.substr(begin, end - begin);
    if (word.starts_with("var_") || word.size() < 4) return;
    if (text.substr(0, begin).ends_with("instance->")) {
      if (word.starts_with("w2c_")) mentions.members.insert(word);
    } else if (word.starts_with("w2c_") && word != "w2c_m") {
      mentions.symbols.insert(word);
    } else if (word.starts_with("ingot_w2c_") || word.starts_with("data_segment_data_w2c_") || functions.contains(word)) {
      mentions.symbols.insert(word);
    } else if (word == "INGOT_CALL_FROZEN") {
      mentions.symbols.insert("ingot_no_such_function");
    } else if (known.contains(word)) {
      mentions.macros.insert(word);
    }
  });
}

/// The functions that the part keeps to itself: the translator says so where it declares them.
std::set<std::string_view> private_functions(std::string_view text) {
  std::set<std::string_view> names;
  constexpr std::string_view start = "\nstatic ";
  for (std::size_t at = text.find(start); at != std::string_view::npos; at = text.find(start, at + 1)) {
    const std::string_view line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    const std::size_t end = line.find('(');
    if (end == std::string_view::npos) continue;
    std::size_t begin = end;
    while (begin > 0 && is_word(line[begin - 1])) --begin;
    names.insert(line.substr(begin, end - begin));
  }
  return names;
}

/// What our front end reads in clang's bitcode: codegen/front/surroundings says how.
std::string answers(const Mentions& mentions) {
  std::string text = R"(
__attribute__((used)) void ingot_front_template(w2c_m* instance) {}
__attribute__((used, noreturn)) static void ingot_front_UNREACHABLE(void) { UNREACHABLE; __builtin_unreachable(); }
__attribute__((used, always_inline)) static inline wasm_rt_funcref_t* ingot_front_checked_element(wasm_rt_funcref_table_t* table, wasm_rt_func_type_t type, u32 index) {
  (void)CHECK_CALL_INDIRECT((*table), type, index);
  return &table->data[index];
}
#define INGOT_FRONT_FACT(name, ...) __attribute__((used)) static const uint64_t ingot_front_##name[] = {__VA_ARGS__};
INGOT_FRONT_FACT(memory_distance, INGOT_MEMORY_DISTANCE(sizeof(w2c_m)))
INGOT_FRONT_FACT(memory, __builtin_offsetof(wasm_rt_memory_t, data), __builtin_offsetof(wasm_rt_memory_t, pages), __builtin_offsetof(wasm_rt_memory_t, size))
INGOT_FRONT_FACT(table_size, __builtin_offsetof(wasm_rt_funcref_table_t, size))
INGOT_FRONT_FACT(element, __builtin_offsetof(wasm_rt_funcref_t, func), __builtin_offsetof(wasm_rt_funcref_t, module_instance))
#if defined(wasm_quiet) && defined(wasm_quietf)
INGOT_FRONT_FACT(quiet_does_nothing, 1)
#endif
#define INGOT_FRONT_KIND(x) _Generic((x), u32: 1, u64: 2, f32: 3, f64: 4, u32*: 5, u64*: 6, f32*: 7, f64*: 8, wasm_rt_memory_t: 9, wasm_rt_memory_t*: 10, \
  wasm_rt_funcref_table_t: 11, wasm_rt_funcref_table_t*: 12, struct w2c_h*: 13, default: 0)
)";
  for (const std::string_view member : mentions.members) {
    ((text += "INGOT_FRONT_FACT(member_") += member) += ", __builtin_offsetof(w2c_m, ";
    ((text += member) += "), INGOT_FRONT_KIND(((w2c_m*)0)->") += member;
    text += "))\n";
  }
  for (const Macro& macro : macros) {
    if (!mentions.macros.contains(macro.name)) continue;
    ((text += "__attribute__((used, always_inline)) static inline ") += macro.result) += " ingot_front_";
    (((text += macro.name) += macro.suffix) += '(') += macro.argument;
    text += " x";
    if (macro.arguments == 2) ((text += ", ") += macro.argument) += " y";
    ((text += ") { return ") += macro.name) += macro.arguments == 2 ? "(x, y); }\n" : "(x); }\n";
  }
  text += "__attribute__((used)) static const void* const ingot_front_uses[] = {";
  for (const std::string_view symbol : mentions.symbols) ((text += "(const void*)&") += symbol) += ",\n";
  return text += "0};\n";
}

}  // namespace

DividedPart divide(std::string_view text, const std::set<std::string, std::less<>>& stay) {
  DividedPart result;
  Mentions mentions;
  const std::set<std::string_view> kept_private = private_functions(text);
  std::size_t copied = 0;
  for (std::size_t at = text.find(name_begin); at != std::string_view::npos; at = text.find(name_begin, at + 1)) {
    const auto definition = definition_at(text, at);
    if (!definition || definition->begin < copied) continue;
    at = definition->end - 1;
    if (stay.contains(definition->name) || is_foreign(*definition)) continue;
    result.rest += text.substr(copied, definition->begin - copied);
    (result.rest += definition->head) += ";\n";
    mentions.symbols.insert(definition->name);
    collect(definition->body, mentions);
    if (kept_private.contains(definition->name) && !definition->head.starts_with("static ")) result.functions += "static ";
    (result.functions += text.substr(definition->begin, definition->end - definition->begin)) += '\n';
    copied = definition->end;
  }
  if (result.functions.empty()) return {std::string(text), {}};
  result.rest += text.substr(copied);
  result.rest += answers(mentions);
  return result;
}

}  // namespace ingot::compiler::native
