// SPDX-License-Identifier: Apache-2.0
#include "lower/body.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

namespace ingot::compiler::lower {
namespace {

/// What a name in an expression means.
enum class Word : std::uint8_t {
  unknown,
  name,       ///< a type, a constant, a member of the runtime's: says nothing by itself
  instance,   ///< the instance: reads, unless a call explains it
  load,       ///< a function that reads memory
  pure,       ///< a function without effects
  pure_macro, ///< the same as a macro: evaluates its arguments more than once, and its type may differ
  trap_macro, ///< such a macro that may trap
  call,       ///< a function with effects
  call_macro, ///< the same as a macro
  opaque,     ///< makes the statement one that is written where it stands
  stop,
  nothing,
};

// Every name that wasm2c writes into functions and that is not made of a prefix and a number.
const std::unordered_map<std::string_view, Word>& words() {
  static const std::unordered_map<std::string_view, Word> known = [] {
    std::unordered_map<std::string_view, Word> map;
    const auto add = [&](Word word, std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names) map.emplace(name, word);
    };
    add(Word::name, {"u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "void", "INFINITY", "NAN", "NULL",
                     "wasm_rt_local_memory_base", "wasm_rt_local_memory_size", "wasm_rt_funcref_t", "wasm_rt_externref_t"});
    add(Word::instance, {"instance"});
    for (const char* type : {"i32_load", "i64_load", "f32_load", "f64_load", "i32_load8_s", "i32_load8_u", "i32_load16_s", "i32_load16_u",
                             "i64_load8_s", "i64_load8_u", "i64_load16_s", "i64_load16_u", "i64_load32_s", "i64_load32_u"}) {
      map.emplace(type, Word::load);
    }
    add(Word::load, {"i32_load_default32", "i64_load_default32", "f32_load_default32", "f64_load_default32", "i32_load8_s_default32",
                     "i32_load8_u_default32", "i32_load16_s_default32", "i32_load16_u_default32", "i64_load8_s_default32",
                     "i64_load8_u_default32", "i64_load16_s_default32", "i64_load16_u_default32", "i64_load32_s_default32",
                     "i64_load32_u_default32"});
    add(Word::call, {"i32_store", "i64_store", "f32_store", "f64_store", "i32_store8", "i32_store16", "i64_store8", "i64_store16",
                     "i64_store32", "i32_store_default32", "i64_store_default32", "f32_store_default32", "f64_store_default32",
                     "i32_store8_default32", "i32_store16_default32", "i64_store8_default32", "i64_store16_default32",
                     "i64_store32_default32", "wasm_rt_grow_memory", "memory_fill", "memory_copy", "memory_init"});
    add(Word::pure, {"wasm_fabsf", "wasm_fabs", "wasm_floorf", "wasm_floor", "wasm_ceilf", "wasm_ceil", "wasm_truncf", "wasm_trunc",
                     "wasm_nearbyintf", "wasm_nearbyint", "wasm_sqrtf", "wasm_sqrt", "wasm_quietf", "wasm_quiet", "copysignf", "copysign",
                     "f32_reinterpret_i32", "i32_reinterpret_f32", "f64_reinterpret_i64", "i64_reinterpret_f64"});
    add(Word::pure_macro, {"I32_CLZ", "I64_CLZ", "I32_CTZ", "I64_CTZ", "I32_POPCNT", "I64_POPCNT", "I32_ROTL", "I64_ROTL", "I32_ROTR",
                           "I64_ROTR", "FMIN", "FMAX", "I32_TRUNC_SAT_S_F32", "I32_TRUNC_SAT_S_F64", "I32_TRUNC_SAT_U_F32",
                           "I32_TRUNC_SAT_U_F64", "I64_TRUNC_SAT_S_F32", "I64_TRUNC_SAT_S_F64", "I64_TRUNC_SAT_U_F32", "I64_TRUNC_SAT_U_F64"});
    add(Word::trap_macro, {"I32_DIV_S", "I64_DIV_S", "DIV_U", "I32_REM_S", "I64_REM_S", "REM_U", "I32_TRUNC_S_F32", "I32_TRUNC_S_F64",
                           "I32_TRUNC_U_F32", "I32_TRUNC_U_F64", "I64_TRUNC_S_F32", "I64_TRUNC_S_F64", "I64_TRUNC_U_F32", "I64_TRUNC_U_F64"});
    add(Word::call_macro, {"CALL_INDIRECT", "INGOT_CALL_FROZEN"});
    add(Word::opaque, {"v128", "struct", "tmp", "funcref_table_init", "funcref_table_copy", "funcref_table_get", "funcref_table_set", "funcref_table_fill",
                       "externref_table_init", "externref_table_copy", "externref_table_get", "externref_table_set", "externref_table_fill",
                       "wasm_rt_grow_funcref_table", "wasm_rt_grow_externref_table", "wasm_rt_funcref_null_value",
                       "wasm_rt_externref_null_value", "wasm_rt_function_ptr_t"});
    add(Word::stop, {"UNREACHABLE"});
    add(Word::nothing, {"FUNC_PROLOGUE", "FUNC_EPILOGUE"});
    return map;
  }();
  return known;
}

/// What each load and store of the one memory moves.
const std::unordered_map<std::string_view, Access>& accesses() {
  static const std::unordered_map<std::string_view, Access> known{
      {"i32_load_default32", {"u32", "u32"}}, {"i64_load_default32", {"u64", "u64"}},
      {"f32_load_default32", {"f32", "f32"}}, {"f64_load_default32", {"f64", "f64"}},
      {"i32_load8_s_default32", {"s8", "u32"}}, {"i32_load8_u_default32", {"u8", "u32"}},
      {"i32_load16_s_default32", {"s16", "u32"}}, {"i32_load16_u_default32", {"u16", "u32"}},
      {"i64_load8_s_default32", {"s8", "u64"}}, {"i64_load8_u_default32", {"u8", "u64"}},
      {"i64_load16_s_default32", {"s16", "u64"}}, {"i64_load16_u_default32", {"u16", "u64"}},
      {"i64_load32_s_default32", {"s32", "u64"}}, {"i64_load32_u_default32", {"u32", "u64"}},
      {"i32_store_default32", {"u32"}}, {"i64_store_default32", {"u64"}}, {"f32_store_default32", {"f32"}}, {"f64_store_default32", {"f64"}},
      {"i32_store8_default32", {"u8"}}, {"i32_store16_default32", {"u16"}}, {"i64_store8_default32", {"u8"}},
      {"i64_store16_default32", {"u16"}}, {"i64_store32_default32", {"u32"}}};
  return known;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Reader {
 public:
  explicit Reader(std::string_view text) { body_.text = text; }

  std::optional<Body> read() {
    if (body_.text.size() >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    while (ok_) {
      skip_space();
      if (at_ >= body_.text.size()) return std::nullopt;
      if (body_.text[at_] == '}' && depth_ == 0) {
        body_.end = at_ + 1;
        body_.labels = static_cast<std::uint32_t>(labels_.size());
        return std::move(body_);
      }
      statement();
    }
    return std::nullopt;
  }

 private:
  char peek(std::size_t offset = 0) const { return at_ + offset < body_.text.size() ? body_.text[at_ + offset] : '\0'; }
  std::string_view rest() const { return body_.text.substr(at_); }
  std::uint32_t here() const { return static_cast<std::uint32_t>(at_); }
  bool fail() { return ok_ = false; }

  void skip_space() {
    while (peek() == ' ' || peek() == '\n') ++at_;
  }
  bool skip(std::string_view piece) {
    if (!rest().starts_with(piece)) return fail();
    at_ += piece.size();
    return true;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return body_.text.substr(begin, at_ - begin);
  }
  /// "var_B12" or "var_L3".
  std::uint32_t label() {
    const std::string_view text = name();
    if (!text.starts_with("var_B") && !text.starts_with("var_L")) fail();
    return labels_.emplace(text, static_cast<std::uint32_t>(labels_.size())).first->second;
  }

  void statement() {
    Statement next;
    next.begin = here();
    next.operands_begin = next.operands_end = static_cast<std::uint32_t>(body_.operands.size());
    const char first = peek();
    if (first == '#') {
      directive(next);
    } else if (first == '{' || first == '}') {
      next.kind = first == '{' ? Kind::open : Kind::close;
      depth_ += first == '{' ? 1 : -1;
      ++at_;
    } else if (is_letter(first)) {
      const std::size_t begin = at_;
      const std::string_view word = name();
      if (!keyword(word, next)) {
        at_ = begin;
        expression_statement(word, next);
      }
    } else if (rest().starts_with("(void)wasm_rt_local_memory_")) {
      next.kind = Kind::nothing;
      at_ = std::min(body_.text.find(';', at_), body_.text.size() - 1) + 1;
    } else {
      expression_statement({}, next);
    }
    next.end = here();
    next.operands_end = static_cast<std::uint32_t>(body_.operands.size());
    body_.statements.push_back(next);
  }

  /// Statements that their first word tells. False: it is none of them.
  bool keyword(std::string_view word, Statement& next) {
    if (word == "goto") {
      jump(next);
    } else if (word == "case" || word == "default") {
      while (is_digit(peek()) || peek() == ' ') ++at_;
      skip(": goto");
      next.by_case = true;
      jump(next);
    } else if (word == "if" || word == "switch") {
      next.kind = word == "if" ? Kind::choice : Kind::selection;
      skip(" (");
      next.value_begin = here();
      expression(next, ')');
      next.value_end = here();
      if (body_.operands.size() == next.operands_begin + 1) {
        Operand& only = body_.operands.back();
        only.truth = next.kind == Kind::choice && only.begin == next.value_begin && only.end == next.value_end;
      }
      skip(") {");
      ++depth_;
    } else if (word == "else") {
      next.kind = Kind::otherwise;
      skip(" {");
      ++depth_;
    } else if (word == "return") {
      next.kind = Kind::leave;
      if (peek() == ' ') ++at_;
      next.value_begin = here();
      expression(next, ';');
      next.value_end = here();
      ++at_;
    } else if ((word.starts_with("var_B") || word.starts_with("var_L")) && peek() == ':') {
      at_ -= word.size();
      next.kind = Kind::label;
      next.label = label();
      ++at_;
      if (peek() == ';') ++at_;
    } else if ((peek() == ' ' && is_letter(peek(1))) || rest().starts_with("* const ")) {
      declaration(word, next);
    } else {
      return false;
    }
    return true;
  }

  /// "#line" stays. Between "#if WASM_RT_USE_SEGUE_FOR_THIS_MODULE" and its end nothing is ever compiled: wasm-rt.h pins it to 0.
  void directive(Statement& next) {
    const bool segue = rest().starts_with("#if WASM_RT_USE_SEGUE_FOR_THIS_MODULE\n");
    if (!segue && !rest().starts_with("#line ")) fail();
    next.kind = segue ? Kind::nothing : Kind::directive;
    constexpr std::string_view end = "\n#endif\n";
    const std::size_t found = segue ? body_.text.find(end, at_) : body_.text.find('\n', at_);
    if (found == std::string_view::npos) fail();
    else at_ = segue ? found + end.size() : found;
  }

  void jump(Statement& next) {
    next.kind = Kind::jump;
    skip(" ");
    next.label = label();
    skip(";");
  }

  /// "u32 var_i0, var_i1;" declares stack variables. Others stay as they are, with what their initialisers read.
  void declaration(std::string_view type, Statement& next) {
    std::size_t variable = at_ + 1;
    if (body_.text.substr(variable).starts_with("var_") && variable + 4 < body_.text.size() && letters.find(body_.text[variable + 4]) != std::string_view::npos) {
      next.kind = Kind::nothing;
      do {
        ++at_;
        skip_space();
        const std::string_view declared = name();
        if (!declare(declared, type)) return;
      } while (peek() == ',');
      skip(";");
      return;
    }
    const bool base = type == "uint8_t" && rest().starts_with("* const wasm_rt_local_memory_base = ");
    next.kind = Kind::verbatim;
    if (base || (type == "uint64_t" && rest().starts_with(" wasm_rt_local_memory_size = "))) {
      next.kind = Kind::nothing;
      at_ = std::min(body_.text.find(';', at_), body_.text.size() - 1) + 1;
      (base ? body_.memory_base : body_.memory_size) = body_.text.substr(next.begin, at_ - next.begin);
    } else if (type == "struct") {
      next.kind = Kind::action;  // "struct wasm_multi_ii tmp = call(...);"
      at_ -= type.size();
      next.value_begin = here();
      expression(next, ';');
      next.value_end = here();
      ++at_;
    } else {
      // "u32 var_l2 = 0, var_l3 = 0;": locals, each with a constant.
      if (!body_.text.substr(at_ + 1).starts_with("var_l")) fail();
      at_ = std::min(body_.text.find(';', at_), body_.text.size() - 1) + 1;
    }
  }

  static constexpr std::string_view letters = "ijfdore";

  bool declare(std::string_view name, std::string_view type) {
    const auto key = stack_key(name);
    if (!key) return fail();
    if (body_.stack.size() > 0xffff) return fail();
    auto& table = stack_[key->first];
    if (table.size() <= key->second) table.resize(key->second + 1, no_variable);
    table[key->second] = static_cast<Variable>(body_.stack.size());
    body_.stack.push_back({name, type, letters[key->first]});
    return true;
  }

  /// "var_i12": which letter, and 12.
  std::optional<std::pair<std::size_t, std::uint32_t>> stack_key(std::string_view name) const {
    if (name.size() < 6 || name.size() > 11 || !name.starts_with("var_")) return std::nullopt;
    const std::size_t letter = letters.find(name[4]);
    const auto number = digits(name.substr(5));
    if (letter == std::string_view::npos || !number) return std::nullopt;
    return std::pair(letter, *number);
  }
  static std::optional<std::uint32_t> digits(std::string_view text) {
    std::uint32_t value = 0;
    if (text.empty() || text.size() > 6) return std::nullopt;
    for (const char c : text) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return value;
  }

  Variable variable(std::string_view name) {
    if (name.size() > 5 && (name[4] == 'l' || name[4] == 'p')) {
      const auto number = digits(name.substr(5));
      if (number) return local_bit | *number;
    } else if (const auto key = stack_key(name)) {
      const auto& table = stack_[key->first];
      if (key->second < table.size() && table[key->second] != no_variable) return table[key->second];
    }
    fail();
    return no_variable;
  }

  void expression_statement(std::string_view first, Statement& next) {
    next.kind = Kind::action;
    if (first == "wasm_rt_local_memory_size") {
      // No helper looks at it: memories are checked by the MMU, or by their own size. See wasm-rt.h.
      next.kind = Kind::nothing;
      at_ = std::min(body_.text.find(';', at_), body_.text.size() - 1) + 1;
      return;
    }
    if (first.starts_with("var_")) {
      const std::uint32_t begin = here();
      at_ += first.size();
      const std::uint32_t end = here();
      if (rest().starts_with(" = ")) {
        at_ += 3;
        next.kind = Kind::value;
        next.target = variable(first);
      } else if (const auto operation = compound()) {
        next.kind = Kind::value;
        next.target = variable(first);
        next.operation = *operation;
        body_.operands.push_back({begin, end, next.target, false, false, false});
      } else {
        fail();
        return;
      }
    }
    next.value_begin = here();
    if (!access(next)) expression(next, ';');
    next.value_end = here();
    ++at_;
    if (next.kind == Kind::value && next.target == no_variable) fail();
  }

  /// A load or store of the one memory of a module, where an expression begins. False, and nothing is read: it is none.
  bool access(Statement& next) {
    const std::size_t begin = at_;
    const std::size_t operands = body_.operands.size();
    const auto read = access_text();
    const bool loads = read && read->result != nullptr;
    const bool stands_alone = loads ? next.kind == Kind::value && next.operation == 0 && (next.target & local_bit) == 0 : next.kind == Kind::action;
    if (!read || !stands_alone || peek() != ';') {
      at_ = begin;
      body_.operands.resize(operands);
      return false;
    }
    body_.accesses.push_back(*read);
    next.access = static_cast<std::uint32_t>(body_.accesses.size());
    next.effect = loads ? Effect::reads : Effect::acts;
    next.exact = next.single = next.movable = loads;
    next.local_memory = true;
    return true;
  }
  /// "i32_store8_default32(wasm_rt_local_memory_base, wasm_rt_local_memory_size, &instance->w2c_memory, (u64)(var_i0) + 4u, var_i1)"
  std::optional<Access> access_text() {
    const auto known = accesses().find(name());
    if (known == accesses().end()) return std::nullopt;
    Access read = known->second;
    if (!takes("(wasm_rt_local_memory_base, wasm_rt_local_memory_size, &instance->") || name().empty()) return std::nullopt;
    if (!takes(", (u64)(") || !takes_operand() || !takes(")")) return std::nullopt;
    if (takes(" + ")) {
      read.offset_begin = here();
      while (is_digit(peek())) ++at_;
      if (!takes("u")) return std::nullopt;
      read.offset_end = here();
    }
    if (read.result == nullptr && (!takes(", ") || !takes_operand())) return std::nullopt;
    return takes(")") ? std::optional(read) : std::nullopt;
  }
  bool takes(std::string_view piece) {
    if (!rest().starts_with(piece)) return false;
    at_ += piece.size();
    return true;
  }
  bool takes_operand() {
    const std::uint32_t begin = here();
    const std::string_view word = name();
    if (!word.starts_with("var_")) return false;
    body_.operands.push_back({begin, here(), variable(word), false, false, false});
    return ok_;
  }

  /// " += ", " <<= "
  std::optional<char> compound() {
    if (peek() != ' ') return std::nullopt;
    const char c = peek(1);
    if ((c == '<' || c == '>') && peek(2) == c && peek(3) == '=' && peek(4) == ' ') {
      at_ += 5;
      return c;
    }
    if (std::string_view("+-*/&|^").find(c) == std::string_view::npos || peek(2) != '=' || peek(3) != ' ') return std::nullopt;
    at_ += 4;
    return c;
  }

  void number() {
    const bool hexadecimal = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    while (true) {
      const char c = peek();
      if (is_digit(c) || is_letter(c) || c == '.') {
        ++at_;
        const bool exponent = hexadecimal ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
        if (exponent && (peek() == '+' || peek() == '-')) ++at_;
      } else {
        break;
      }
    }
  }

  Word word_of(std::string_view name) const {
    const auto known = words().find(name);
    if (known != words().end()) return known->second;
    if (name.starts_with("w2c_")) return peek() == '(' ? Word::call : Word::name;
    if (name.starts_with("simde_") || name.starts_with("v128_")) return Word::opaque;
    for (const std::string_view prefix : {"ingot_w2c_", "wasm_multi_", "data_segment_data_w2c_", "elem_segment_exprs_w2c_", "wrap_w2c_"}) {
      if (name.starts_with(prefix)) return Word::name;
    }
    return Word::unknown;
  }

  /// Reads as far as `end`, outside of all parentheses, and fills what the statement says of its value.
  void expression(Statement& next, char end) {
    const std::size_t begin = at_;
    int depth = 0;
    std::size_t tokens = 0;         // at depth 0, parenthesised groups count as one
    bool operators = false;         // at depth 0
    bool assigns = false, question = false, touches = false, called = false, opaque = false, simple = false, macro = false, number_first = false, minus_first = false;
    while (ok_) {
      const char c = peek();
      if (depth == 0 && c == end) break;
      if (c == '\0' || c == '#' || c == '"' || c == '\'') {
        fail();
        return;
      }
      if (is_letter(c)) {
        const std::uint32_t word_begin = here();
        const std::string_view word = name();
        if (depth == 0) ++tokens;
        if (word.starts_with("var_")) {
          const Variable read = variable(word);
          Operand operand{word_begin, here(), read, false, false, question};
          operand.truth = (depth == 0 && rest().starts_with(" ? ")) || (body_.text.substr(0, word_begin).ends_with("!(") && peek() == ')');
          body_.operands.push_back(operand);
          continue;
        }
        next.local_memory = next.local_memory || word.starts_with("wasm_rt_local_memory_");
        switch (word_of(word)) {
          case Word::unknown: fail(); return;
          case Word::name: break;
          case Word::instance: touches = true; break;
          case Word::load: called = true; raise(next, Effect::reads); break;
          case Word::pure: called = true; break;
          case Word::pure_macro: called = simple = macro = true; break;
          case Word::trap_macro: called = simple = macro = true; raise(next, Effect::acts); break;
          case Word::call: called = true; raise(next, Effect::acts); break;
          case Word::call_macro: called = simple = macro = true; raise(next, Effect::acts); break;
          case Word::opaque: called = simple = opaque = true; raise(next, Effect::acts); break;
          case Word::stop: next.kind = Kind::stop; break;
          case Word::nothing: next.kind = Kind::nothing; break;
        }
        continue;
      }
      if (is_digit(c)) {
        if (depth == 0) ++tokens, number_first = number_first || tokens == 1;
        number();
        continue;
      }
      switch (c) {
        case '(':
        case '[':
          if (depth++ == 0) ++tokens;
          break;
        case '{':
          ++depth;
          opaque = simple = true;
          raise(next, Effect::acts);
          break;
        case ')':
        case ']':
        case '}':
          if (--depth < 0) fail();
          break;
        case '.':
          ++at_;
          member();
          continue;
        case '-':
          if (peek(1) == '>') {
            at_ += 2;
            member();
            continue;
          }
          if (depth == 0 && tokens == 0) minus_first = true;
          operators = operators || depth == 0;
          break;
        case '=':
          if (depth == 0 && peek(1) != '=' && std::string_view("=!<>").find(body_.text[at_ - 1]) == std::string_view::npos) assigns = true;
          operators = operators || depth == 0;
          break;
        case '/':
          if (peek(1) == '*') {
            const std::size_t close = body_.text.find("*/", at_);
            if (close == std::string_view::npos) fail();
            else at_ = close + 2;
            continue;
          }
          [[fallthrough]];
        case '+': case '*': case '&': case '|': case '^': case '<': case '>': case '!': case '%':
          operators = operators || depth == 0;
          break;
        case '?':
          question = true;
          operators = operators || depth == 0;
          break;
        case ':': case ',': case ' ': case '\n':
          break;
        default:
          fail();
          return;
      }
      ++at_;
    }
    if (!ok_) return;
    if (assigns) raise(next, Effect::acts);
    if (touches && !called && !assigns) raise(next, Effect::reads);
    for (std::size_t i = next.operands_begin; i < body_.operands.size(); ++i) body_.operands[i].simple = simple;
    if (next.kind != Kind::value) return;
    if (assigns) {
      fail();
      return;
    }
    const std::string_view value = body_.text.substr(begin, at_ - begin);
    const bool on_stack = (next.target & local_bit) == 0;
    const char letter = on_stack ? body_.stack[next.target].letter : '\0';
    next.movable = !opaque && on_stack && std::string_view("ijfd").find(letter) != std::string_view::npos;
    next.constant = !called && !touches && body_.operands.size() == next.operands_begin && (number_first || minus_first || tokens == 1) && tokens == 1 &&
                    value.find('(') == std::string_view::npos && value.find('{') == std::string_view::npos;
    const std::string_view type = letter == 'i' ? "(u32)" : letter == 'j' ? "(u64)" : letter == 'f' ? "(f32)" : "(f64)";
    if (next.constant) {
      const bool exact_number = number_first || minus_first;
      next.exact = exact_number && (letter == 'i'   ? value.ends_with('u')
                                    : letter == 'j' ? value.ends_with("ull")
                                    : letter == 'f' ? value.ends_with('f') && value.find('x') == std::string_view::npos
                                                    : letter == 'd' && !value.ends_with('f') && value.find_first_of(".e") != std::string_view::npos);
      return;
    }
    if (next.operation != 0) {
      next.exact = true;
    } else if (question) {
      next.exact = true;
    } else if (!operators && value.starts_with(type)) {
      next.exact = true;
    } else if (!operators && called && !macro && tokens == 2) {
      next.single = true;  // name(...)
      next.exact = !value.starts_with("wasm_rt_grow_memory(");  // 64 bits, of which the variable keeps 32
    } else if (!operators && touches && !called && value.starts_with("instance->w2c_g") && tokens == 1 && value.find('.') == std::string_view::npos) {
      next.exact = next.single = true;
    }
  }

  void raise(Statement& next, Effect effect) const { next.effect = std::max(next.effect, effect); }

  void member() {
    if (!is_letter(peek())) fail();
    name();
  }

  Body body_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool ok_ = true;
  std::array<std::vector<Variable>, letters.size()> stack_;
  std::unordered_map<std::string_view, std::uint32_t> labels_;
};

}  // namespace

std::optional<Body> read_body(std::string_view text) { return Reader(text).read(); }

}  // namespace ingot::compiler::lower
