// SPDX-License-Identifier: Apache-2.0
#pragma once
// The statements of one guest function, as wasm2c 1.0.42 writes them: one statement an instruction, its operands in stack variables
// (var_i0, var_j3: type and depth), its locals in var_l and var_p. Read by nest.cpp, which says what for.
//
// In:      the text of the function's body.
// Out:     its statements, each with what it reads, writes and does.
// Refuses: everything that wasm2c is not known to write; such a function is left alone.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ingot::compiler::lower {

/// A variable of the function: a stack variable by its place in Body::stack, or a local, with local_bit set.
using Variable = std::uint32_t;
constexpr Variable local_bit = 0x8000'0000;
constexpr Variable no_variable = 0xffff'ffff;

/// What evaluating something does besides giving a value. The order is that of strength.
enum class Effect : std::uint8_t {
  none,   ///< nothing, and it always gives the same value while the variables in it keep theirs
  reads,  ///< reads memory or a global; may trap, with out-of-bounds only
  acts,   ///< anything else: stores, calls, traps of other kinds
};

/// One mention of a variable whose value is read.
struct Operand {
  std::uint32_t begin = 0, end = 0;  ///< where in the text
  Variable variable = no_variable;
  bool simple = false;  ///< only a variable or a constant may stand here: it may be evaluated more than once
  bool truth = false;   ///< only whether it is zero counts
  bool arm = false;     ///< evaluated only if a condition says so
};

enum class Kind : std::uint8_t {
  value,      ///< "target = value;" or "target += value;"
  action,     ///< an expression that stands for itself, or writes what is no variable
  label,
  jump,       ///< goto, maybe with a case before it
  choice,     ///< "if (value) {"
  otherwise,  ///< "else {"
  selection,  ///< "switch (value) {"
  open,
  close,
  leave,      ///< return
  stop,       ///< a trap
  directive,  ///< a line that begins with #
  verbatim,   ///< a declaration
  nothing,    ///< can be left out
};

/// A load or a store of the one memory whose bounds the MMU checks, as "i32_load8_u_default32(..., (u64)(address) + 4u)" says it.
struct Access {
  const char* in_memory = nullptr;  ///< the type there: u8, s8 ... f64
  const char* result = nullptr;     ///< the type of what is loaded, if another; nullptr for a store
  std::uint32_t offset_begin = 0, offset_end = 0;  ///< in the text: "4u", or nothing
};

struct Statement {
  Kind kind = Kind::nothing;
  Effect effect = Effect::none;    ///< of its own, its operands' values aside
  bool exact = false;              ///< the value's C type is that of the target
  bool single = false;             ///< the value is one call or one place: it needs no parentheses
  bool constant = false;           ///< the value is a constant
  bool movable = false;            ///< the value may be evaluated later instead
  bool local_memory = false;       ///< mentions the variables that hold the memory's place and size
  bool by_case = false;            ///< a jump that the statement behind it can be reached without
  char operation = 0;              ///< of "target op= value"; '<' and '>' are shifts
  Variable target = no_variable;   ///< the variable that a value is for
  std::uint32_t begin = 0, end = 0;              ///< the whole statement in the text
  std::uint32_t value_begin = 0, value_end = 0;  ///< the expression in it
  std::uint32_t operands_begin = 0, operands_end = 0;  ///< in Body::operands
  std::uint32_t label = 0;         ///< of a label or jump: in 0..Body::labels
  std::uint32_t access = 0;        ///< 1 + where in Body::accesses, if it is one: its operands are then the address and what is stored
};

struct StackVariable {
  std::string_view name;  ///< as in the text
  std::string_view type;  ///< of its declaration
  char letter = 0;        ///< of its type: i, j, f, d, o, r, e
};

struct Body {
  std::string_view text;
  std::vector<Statement> statements;
  std::vector<Operand> operands;
  std::vector<StackVariable> stack;
  std::vector<Access> accesses;
  std::string_view memory_base;  ///< the declaration of wasm_rt_local_memory_base, if there is one
  std::string_view memory_size;
  std::uint32_t labels = 0;
  std::size_t end = 0;  ///< in the text: behind the brace that closes the body
};

/// `text` begins behind the brace that opens the body. Empty when there is anything in it that wasm2c is not known to write.
std::optional<Body> read_body(std::string_view text);

}  // namespace ingot::compiler::lower
