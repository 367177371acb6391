// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the immediates of instructions are. A reader of its own, not the compiler's: what the compiler gets wrong must not decide what it is
// tested with.

#include <cstdint>
#include <optional>
#include <vector>

#include "format/bundle.hpp"

namespace ingot::mutate {

using format::Bytes;
using format::ByteView;

enum class Field { local, global, function, type, label, table, segment, alignment, offset, i32, i64, bytes, lane, other };

struct Immediate {
  Field kind;
  std::size_t begin, end;
};

/// One instruction. Opcodes behind the prefixes 0xfc and 0xfd are 0xfc000 + code and 0xfd000 + code.
struct Instruction {
  std::uint32_t opcode;
  std::size_t begin, end;
  std::vector<Immediate> immediates;
};

/// Reads an unsigned number and moves `at` behind it; empty when it does not end inside `bytes`.
std::optional<std::uint64_t> read_number(ByteView bytes, std::size_t& at);
void append_number(Bytes& bytes, std::uint64_t value);
void append_signed(Bytes& bytes, std::int64_t value);

/// The instructions from `at` to the end of the expression that stands there; empty when something is not understood.
std::optional<std::vector<Instruction>> read_expression(ByteView bytes, std::size_t at);

}  // namespace ingot::mutate
