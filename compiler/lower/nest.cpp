// SPDX-License-Identifier: Apache-2.0
//
// A value that wasm2c writes into a stack variable is not written but kept, as text, until it is wanted: `pending`. Then it takes the
// variable's place in the expression that wants it, or, if that cannot be, is written into the variable after all. Three questions decide.
//
// Who reads it? Only a value that nothing reads a second time can be moved into its reader: live.hpp knows. A constant or a local can be
// read as often as one likes.
//
// Is it still the same there? It is, as long as the variables in its text keep their values: before one of them is written, the pending
// values that mention it are written themselves.
//
// Is the order of effects the same? Values without effects commute with everything but writing their variables. Of the others, either
// several that read are pending, or one that acts: whatever else reads or acts has them written first, unless it contains them. C leaves
// the order of operands open, so one expression never holds more than that. Two reads may change places: they trap in one way only.
#include "lower/nest.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "lower/body.hpp"
#include "lower/live.hpp"

namespace ingot::compiler::lower {
namespace {

constexpr std::size_t text_bytes_max = 1500;  // of an expression that goes into another
constexpr std::uint32_t depth_max = 64;       // of expressions in expressions; clang is told to accept far more
constexpr std::size_t pending_max = 48;       // more are written: what is done for each statement stays bounded

// Behind this line of what wasm2c writes, all types are known.
constexpr std::string_view types_end = "typedef double f64;\n";
// Guest memory, as accesses name it: not aligned, and each access is made, since it may trap.
constexpr std::string_view access_types = R"(
typedef volatile u8 ingot_at_u8;
typedef volatile s8 ingot_at_s8;
typedef volatile u16 ingot_at_u16 __attribute__((aligned(1)));
typedef volatile s16 ingot_at_s16 __attribute__((aligned(1)));
typedef volatile u32 ingot_at_u32 __attribute__((aligned(1)));
typedef volatile s32 ingot_at_s32 __attribute__((aligned(1)));
typedef volatile u64 ingot_at_u64 __attribute__((aligned(1)));
typedef volatile f32 ingot_at_f32 __attribute__((aligned(1)));
typedef volatile f64 ingot_at_f64 __attribute__((aligned(1)));
)";

struct Pending {
  Variable target = no_variable;
  std::string text;
  std::vector<Variable> reads;
  std::uint32_t depth = 0;
  Effect effect = Effect::none;
  bool leaf = false;    ///< a local or a constant: may stand anywhere, any number of times
  bool exact = false;   ///< its C type is that of the variable
  bool single = false;  ///< needs no parentheses
};

class Nester {
 public:
  Nester(const Body& body, const Live& live, const NestRules& rules, std::string& out)
      : body_(body), live_(live), rules_(rules), out_(out), used_(body.stack.size()) {}

  void run() {
    const std::size_t count = body_.statements.size();
    for (place_ = 0; place_ < count; ++place_) {
      statement_ = &body_.statements[place_];
      switch (statement_->kind) {
        case Kind::nothing: break;
        case Kind::verbatim: write_statement(); break;
        case Kind::directive: directive(); break;
        case Kind::value: value(); break;
        case Kind::action: action(); break;
        case Kind::choice:
        case Kind::selection: branch(); break;
        case Kind::leave: action(); break;
        case Kind::label:
          write_all();
          out_ += whole();
          if (out_.back() != ';') out_ += ';';
          out_ += ' ';
          break;
        case Kind::open: write_statement(); break;  // the block of what several results are put into
        case Kind::jump:
        case Kind::close:
        case Kind::otherwise:
        case Kind::stop:
          write_all();
          write_statement();
          break;
      }
    }
  }

  /// The declarations that what was written needs.
  std::string declarations() const {
    std::string text = stack_declarations();
    if (uses_base_) (text += body_.memory_base) += ' ';
    if (uses_size_) (text += body_.memory_size) += ' ';
    return text;
  }

 private:
  /// "u32 var_i0, var_i3;" for each type that is used.
  std::string stack_declarations() const {
    std::vector<std::pair<std::string_view, std::string>> lists;
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i]) continue;
      const StackVariable& variable = body_.stack[i];
      auto list = std::find_if(lists.begin(), lists.end(), [&](const auto& each) { return each.first == variable.type; });
      if (list == lists.end()) {
        lists.emplace_back(variable.type, std::string(variable.type) + ' ');
        list = lists.end() - 1;
      } else {
        list->second += ", ";
      }
      list->second += variable.name;
    }
    std::string text;
    for (const auto& [type, list] : lists) text += list + "; ";
    return text;
  }

  std::string_view slice(std::size_t begin, std::size_t end) const { return body_.text.substr(begin, end - begin); }
  std::string_view whole() const { return slice(statement_->begin, statement_->end); }
  std::string_view name(Variable variable) const { return body_.stack[variable].name; }
  void write_statement() {
    out_ += whole();
    out_ += ' ';
  }

  Pending* find(Variable variable) {
    for (Pending& pending : pending_) {
      if (pending.target == variable) return &pending;
    }
    return nullptr;
  }
  bool is_operand(Variable variable) const {
    for (std::size_t i = statement_->operands_begin; i < statement_->operands_end; ++i) {
      if (body_.operands[i].variable == variable) return true;
    }
    return false;
  }
  bool writes(Variable variable) const { return statement_->kind == Kind::value && statement_->target == variable; }
  /// Does the value that the variable has before this statement matter behind it?
  bool outlives(Variable variable) const { return !writes(variable) && live_.after(place_, variable); }
  bool wanted(Variable variable) const { return is_operand(variable) || outlives(variable); }

  static bool mentions(const Pending& pending, Variable variable) {
    return std::find(pending.reads.begin(), pending.reads.end(), variable) != pending.reads.end();
  }
  void erase(Variable variable) {
    std::erase_if(pending_, [&](const Pending& pending) { return pending.target == variable; });
  }

  /// Writes the pending value of a variable where we stand: into the variable, or for its effects alone, or not at all.
  void write(Variable variable) {
    const bool keep = wanted(variable);
    if (keep) make_way(variable, variable);
    const Pending* pending = find(variable);
    if (pending == nullptr) return;
    if (keep) {
      used_[variable] = true;
      out_ += name(variable);
      out_ += " = ";
    }
    if (keep || pending->effect != Effect::none) {
      out_ += pending->text;
      out_ += "; ";
    }
    erase(variable);
  }

  /// Before `variable` is written: every pending value that mentions it, but for that of `except`, is written.
  void make_way(Variable variable, Variable except) {
    for (bool found = true; found;) {
      found = false;
      for (const Pending& pending : pending_) {
        if (pending.target != except && mentions(pending, variable)) {
          write(pending.target);
          found = true;
          break;
        }
      }
    }
  }

  void write_all() {
    while (!pending_.empty()) write(pending_.front().target);
  }

  bool is_floating(Variable variable) const { return (variable & local_bit) == 0 && (body_.stack[variable].letter == 'f' || body_.stack[variable].letter == 'd'); }

  /// May this be 0 or 1 to a compiler that works out what it can, so that it takes an operation away: x * 1, x - 0 and the like? A constant
  /// of that value may, and what is computed from constants alone; and what was an integer, which may be known although variables are in it.
  bool may_be_identity() const {
    if (rules_.arithmetic == Arithmetic::as_written || !is_floating(statement_->target) || statement_->effect != Effect::none) return false;
    if (statement_->constant) {
      const double number = std::abs(std::strtod(std::string(slice(statement_->value_begin, statement_->value_end)).c_str(), nullptr));
      return number == 0 || number == 1;  // also what is no number, as far as this can tell
    }
    bool known = true, was_integer = true;
    for (std::size_t i = statement_->operands_begin; i < statement_->operands_end; ++i) {
      const Variable variable = body_.operands[i].variable;
      const auto pending = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& each) { return each.target == variable; });
      known = known && pending != pending_.end() && pending->reads.empty() && pending->effect == Effect::none;
      was_integer = was_integer && (variable & local_bit) == 0 && !is_floating(variable);
    }
    return known || was_integer;
  }
  /// Would this statement demote what was promoted in the pending value?
  bool undoes(const Pending& pending) const {
    return rules_.arithmetic == Arithmetic::simplified && slice(statement_->value_begin, statement_->value_end).starts_with("(f32)") &&
           pending.text.find("(f64)") != std::string::npos;
  }

  /// Can the pending value take the place of every mention of its variable in this statement?
  bool fits(const Pending& pending) const {
    if (pending.leaf) return true;
    if (pending.text.size() > text_bytes_max || pending.depth >= depth_max || undoes(pending)) return false;
    std::size_t mentioned = 0;
    for (std::size_t i = statement_->operands_begin; i < statement_->operands_end; ++i) {
      const Operand& operand = body_.operands[i];
      if (operand.variable != pending.target) continue;
      if (++mentioned > 1 || operand.simple || (operand.arm && pending.effect != Effect::none)) return false;
    }
    return !outlives(pending.target);
  }

  /// Afterwards each pending value of an operand can go into the expression, and the expression can be evaluated where we stand. Returns
  /// what evaluating it does. `moves` names a value that may go into it although its variable is read again.
  Effect prepare(Variable moves = no_variable) {
    for (std::size_t i = statement_->operands_begin; i < statement_->operands_end; ++i) {
      const Variable variable = body_.operands[i].variable;
      const Pending* pending = find(variable);
      if (pending != nullptr && variable != moves && !fits(*pending)) write(variable);
    }
    Effect effect = statement_->effect;
    for (const Pending& pending : pending_) {
      if (is_operand(pending.target)) effect = std::max(effect, pending.effect);
    }
    if (effect != Effect::none) write_conflicts(effect);
    return effect;
  }

  void write_conflicts(Effect effect) {
    for (bool found = true; found;) {
      found = false;
      for (const Pending& pending : pending_) {
        const bool commute = pending.effect == Effect::none || (pending.effect == Effect::reads && effect == Effect::reads);
        if (commute || is_operand(pending.target)) continue;
        write(pending.target);
        found = true;
        break;
      }
    }
  }

  /// `operand`, with the pending value of its variable in its place, behind what `text` already is. An assignment converts by itself.
  void append_operand(std::string& text, const Operand& operand, Pending& result) {
    const bool assigned = statement_->kind == Kind::value && operand.begin == statement_->value_begin && operand.end == statement_->value_end && statement_->operation == 0;
    append_operand(text, operand, result, assigned, enclosed(operand));
  }
  void append_operand(std::string& text, const Operand& operand, Pending& result, bool assigned, bool is_enclosed = false) {
    const Pending* pending = (operand.variable & local_bit) != 0 ? nullptr : find(operand.variable);
    if (pending == nullptr) {
      if ((operand.variable & local_bit) == 0) used_[operand.variable] = true;
      text += slice(operand.begin, operand.end);
      result.reads.push_back(operand.variable);
      return;
    }
    result.reads.insert(result.reads.end(), pending->reads.begin(), pending->reads.end());
    result.depth = std::max(result.depth, pending->depth + 1);
    if (pending->leaf) {
      text += pending->text;
      return;
    }
    const bool cast = !pending->exact && !operand.truth && !assigned;
    if (cast) {
      switch (body_.stack[operand.variable].letter) {
        case 'i': text += "(u32)"; break;
        case 'j': text += "(u64)"; break;
        case 'f': text += "(f32)"; break;
        default: text += "(f64)"; break;
      }
    }
    const bool bare = pending->single || assigned || (!cast && is_enclosed);
    if (!bare) text += '(';
    text += pending->text;
    if (!bare) text += ')';
  }

  /// "(operand)", or an argument among others.
  bool enclosed(const Operand& operand) const {
    if (operand.begin < 2) return false;
    const std::string_view before = slice(operand.begin - 2, operand.begin);
    const char after = body_.text[operand.end];
    return (before[1] == '(' || before == ", ") && (after == ')' || after == ',');
  }

  /// The statement's expression with its operands' pending values in it. They are gone then, unless their variables are read again.
  Pending take_expression(Effect effect) {
    Pending result;
    result.effect = effect;
    result.exact = statement_->exact;
    result.single = statement_->single;
    const bool direct = rules_.accesses == Accesses::direct && statement_->access != 0;
    uses_base_ = uses_base_ || statement_->local_memory;
    uses_size_ = uses_size_ || (statement_->local_memory && !direct);
    if (direct) {
      append_access(result);
      drop_operands();
      return result;
    }
    std::size_t at = statement_->value_begin;
    std::size_t i = statement_->operands_begin;
    if (statement_->operation != 0) {
      append_operand(result.text, body_.operands[i++], result);
      result.text += ' ';
      result.text += statement_->operation;
      if (statement_->operation == '<' || statement_->operation == '>') result.text += statement_->operation;
      result.text += ' ';
    }
    for (; i < statement_->operands_end; ++i) {
      const Operand& operand = body_.operands[i];
      result.text += slice(at, operand.begin);
      append_operand(result.text, operand, result);
      at = operand.end;
    }
    result.text += slice(at, statement_->value_end);
    drop_operands();
    return result;
  }

  void drop_operands() {
    for (std::size_t i = statement_->operands_begin; i < statement_->operands_end; ++i) {
      const Variable variable = body_.operands[i].variable;
      if ((variable & local_bit) == 0 && !outlives(variable)) erase(variable);
    }
  }

  /// "*(ingot_at_u8*)(base + address + 4u)". A number added to a pointer counts as what it is, so that 32 bits are extended by zeros.
  void append_access(Pending& result) {
    const Access& access = body_.accesses[statement_->access - 1];
    if (access.result != nullptr && std::string_view(access.result) != access.in_memory) ((result.text += '(') += access.result) += ')';
    ((result.text += "*(ingot_at_") += access.in_memory) += "*)(wasm_rt_local_memory_base + ";
    append_operand(result.text, body_.operands[statement_->operands_begin], result, false);
    if (access.offset_end != 0) (result.text += " + ") += slice(access.offset_begin, access.offset_end);
    result.text += ')';
    if (access.result != nullptr) return;
    result.text += " = ";
    append_operand(result.text, body_.operands[statement_->operands_begin + 1], result, true);
  }

  /// The operand, if the value is nothing else.
  Variable copied() const {
    if (statement_->operation != 0 || statement_->operands_end != statement_->operands_begin + 1) return no_variable;
    const Operand& operand = body_.operands[statement_->operands_begin];
    return operand.begin == statement_->value_begin && operand.end == statement_->value_end ? operand.variable : no_variable;
  }

  void value() {
    const Variable target = statement_->target;
    if ((target & local_bit) != 0) {
      local();
    } else if (statement_->movable && !may_be_identity()) {
      keep();
    } else {
      const Effect effect = prepare();
      forget(target);
      make_way_for_target(target);
      emit(name(target), take_expression(effect));
      used_[target] = true;
    }
  }

  void local() {
    const Variable target = statement_->target;
    const Variable source = copied();
    const bool moves = source != no_variable && (source & local_bit) == 0;
    const Effect effect = prepare(moves ? source : no_variable);
    const Pending* pending = moves ? find(source) : nullptr;
    const bool read_again = moves && outlives(source);
    if (pending != nullptr && pending->leaf && pending->text == slice(statement_->begin, statement_->begin + pending->text.size()) &&
        mentions(*pending, target)) {
      if (!read_again) erase(source);
      return;  // it is written into itself
    }
    const bool replace = read_again && pending != nullptr && !pending->leaf;
    make_way_for_target(target, replace ? source : no_variable);
    Pending result = take_expression(effect);
    const std::string_view text = slice(statement_->begin, statement_->value_begin);
    const std::string_view local_name = text.substr(0, text.find(' '));
    if (replace) erase(source);
    emit(local_name, result);
    if (replace) {
      Pending copy;
      copy.target = source;
      copy.text = local_name;
      copy.reads = {target};
      copy.leaf = copy.exact = true;
      pending_.push_back(std::move(copy));
    }
  }

  /// Pending values that mention what this statement writes, and do not go into it, are written.
  void make_way_for_target(Variable target, Variable moves = no_variable) {
    for (bool found = true; found;) {
      found = false;
      for (const Pending& pending : pending_) {
        if (!mentions(pending, target) || pending.target == moves || (is_operand(pending.target) && !outlives(pending.target))) continue;
        write(pending.target);
        found = true;
        break;
      }
    }
  }

  void emit(std::string_view target, const Pending& value) {
    out_ += target;
    out_ += " = ";
    out_ += value.text;
    out_ += "; ";
  }

  /// A value that this statement writes over without reading it.
  void forget(Variable variable) {
    if (!is_operand(variable)) write(variable);
  }

  void keep() {
    const Variable target = statement_->target;
    const Variable source = copied();
    if (pending_.size() >= pending_max) write(pending_.front().target);
    const Effect effect = prepare();
    forget(target);
    Pending result = take_expression(effect);
    result.target = target;
    if (source != no_variable && (source & local_bit) == 0) {
      // A copy of another stack variable, for a jump with values. Of what was pending there it is no less.
      result.exact = false;
    } else if (source != no_variable || statement_->constant) {
      result.leaf = true;
      if (!statement_->exact && statement_->constant) {
        const char letter = body_.stack[target].letter;
        result.text.insert(0, letter == 'i' ? "(u32)" : letter == 'j' ? "(u64)" : letter == 'f' ? "(f32)" : "(f64)");
      }
      result.exact = true;
    }
    if (!live_.after(place_, target)) {
      if (effect != Effect::none) out_ += result.text + "; ";
      return;
    }
    pending_.push_back(std::move(result));
  }

  void action() {
    const Effect effect = prepare();
    if (statement_->kind == Kind::leave) write_conflicts(Effect::acts);
    const Pending result = take_expression(effect);
    out_ += slice(statement_->begin, statement_->value_begin);
    out_ += result.text;
    out_ += "; ";
  }

  Kind kind_behind(std::size_t count) const {
    return place_ + count < body_.statements.size() ? body_.statements[place_ + count].kind : Kind::nothing;
  }

  /// "if (value) {" and "switch (value) {". Behind an if that only jumps, pending values that are of no use at its label stay pending.
  void branch() {
    const Effect effect = prepare();
    const bool jumps = statement_->kind == Kind::choice && kind_behind(1) == Kind::jump && kind_behind(2) == Kind::close && kind_behind(3) != Kind::otherwise;
    for (bool found = true; found;) {
      found = false;
      for (const Pending& pending : pending_) {
        if (is_operand(pending.target) && !outlives(pending.target)) continue;
        const bool needed = outlives(pending.target) && (!jumps || live_.at_label(body_.statements[place_ + 1].label, pending.target));
        if (jumps && !needed && pending.effect == Effect::none) continue;
        write(pending.target);
        found = true;
        break;
      }
    }
    const Pending result = take_expression(effect);
    out_ += slice(statement_->begin, statement_->value_begin);
    out_ += result.text;
    out_ += slice(statement_->value_end, statement_->end);
    out_ += ' ';
    if (statement_->kind == Kind::selection) return cases();
    if (!jumps) return;
    out_.resize(out_.size() - 2);  // no block for one jump
    statement_ = &body_.statements[++place_];
    write_statement();
    ++place_;
  }

  /// The jumps of a switch, but for those that go where the default goes.
  void cases() {
    std::size_t end = place_ + 1;
    while (end < body_.statements.size() && body_.statements[end].kind == Kind::jump && body_.statements[end].by_case) ++end;
    const Statement& last = body_.statements[end - 1];
    if (end == place_ + 1 || !slice(last.begin, last.end).starts_with("default")) return;
    while (++place_ < end) {
      statement_ = &body_.statements[place_];
      if (statement_->label != last.label || statement_ == &last) write_statement();
    }
    --place_;
  }

  void directive() {
    for (bool found = true; found;) {
      found = false;
      for (const Pending& pending : pending_) {
        if (pending.effect == Effect::none) continue;
        write(pending.target);
        found = true;
        break;
      }
    }
    if (out_.empty() || out_.back() != '\n') out_ += '\n';
    out_ += whole();
    out_ += '\n';
  }

  const Body& body_;
  const Live& live_;
  const NestRules& rules_;
  std::string& out_;
  bool uses_base_ = false, uses_size_ = false;  ///< of the variables that hold the memory's place and size
  std::vector<bool> used_;  ///< stack variables that appear in the output
  std::vector<Pending> pending_;  ///< oldest first
  const Statement* statement_ = nullptr;
  std::size_t place_ = 0;
};

// Of internal functions "w2c_m_f12", of exported ones "w2c_m_e3" with more behind it.
constexpr std::string_view name_begin = " w2c_m_";

/// Where the body begins of the function whose name stands behind `at`; nothing when this is no definition of one.
std::optional<std::size_t> body_of(std::string_view text, std::size_t at) {
  std::size_t end = at + name_begin.size();
  if (end == text.size() || (text[end] != 'f' && text[end] != 'e')) return std::nullopt;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  if (!text.substr(end).starts_with("(w2c_m* instance")) return std::nullopt;
  const std::size_t line = text.rfind('\n', at) + 1;
  for (const char c : text.substr(line, at - line)) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != ' ') return std::nullopt;
  }
  const std::size_t close = text.find(')', end);
  if (close == std::string_view::npos || !text.substr(close).starts_with(") {")) return std::nullopt;
  return close + 3;
}

}  // namespace

std::string nested(std::string_view text, const NestRules& rules, std::size_t& left_alone) {
  std::string result;
  result.reserve(text.size());
  std::size_t copied = 0;
  for (std::size_t at = text.find(name_begin); at != std::string_view::npos; at = text.find(name_begin, at + 1)) {
    const auto begin = body_of(text, at);
    if (!begin) continue;
    const auto body = read_body(text.substr(*begin));
    const auto live = body ? find_live(*body) : std::nullopt;
    if (!live) {
      ++left_alone;
      continue;
    }
    std::string out;
    Nester nester(*body, *live, rules, out);
    nester.run();
    result += text.substr(copied, *begin - copied);
    result += ' ';
    result += nester.declarations();
    result += out;
    result += '}';
    copied = *begin + body->end;
    at = copied - 1;
  }
  return result += text.substr(copied);
}

void declare_access_types(SourceFiles& files, const NestRules& rules) {
  if (rules.accesses != Accesses::direct) return;
  for (auto& [name, text] : files) {
    const std::size_t at = text.find(types_end);
    if (at != std::string::npos) text.insert(at + types_end.size(), access_types);
  }
}

}  // namespace ingot::compiler::lower
