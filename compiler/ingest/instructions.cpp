// SPDX-License-Identifier: Apache-2.0
#include "ingest/instructions.hpp"

#include <algorithm>

#include "ingest/policy.hpp"
#include "ingot/abi.h"
#include "limits.hpp"

namespace ingot::compiler::ingest {
namespace {

constexpr std::uint32_t branch_targets_max = 1'000'000;
constexpr std::uint8_t empty_block_type = 0x40;

/// The codes of heap and reference types outside the profile, by the proposal that brought them.
bool refuse_foreign_type(Cursor& cursor, std::uint8_t code, std::uint64_t at) {
  if (code == 0x69 || code == 0x74 || code == 0x68) return refuse(cursor, Refused::exceptions, at), true;
  if (code == 0x63 || code == 0x64) return refuse(cursor, Refused::function_references, at), true;
  if ((code >= 0x6a && code <= 0x6e) || (code >= 0x71 && code <= 0x73)) return refuse(cursor, Refused::gc, at), true;
  return false;
}

void block_type(Cursor& cursor) {
  const std::uint64_t at = cursor.offset();
  const std::uint8_t first = cursor.peek();
  if (first == empty_block_type) {
    cursor.u8();
  } else if (first > empty_block_type && first < 0x80) {  // one byte with the sign bit: a value type
    read_value_type(cursor);
  } else if (cursor.s33() < 0) {
    cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed block type");
  }
}

// Bit 6 of the alignment says that a memory index follows; the offset is read wide so that memory64 modules fail by their name.
void memory_access(Cursor& cursor, CodeFacts& facts, std::uint64_t width) {
  const std::uint64_t at = cursor.offset();
  const std::uint32_t alignment = cursor.u32();
  if ((alignment & 0x40) != 0) return refuse(cursor, Refused::multi_memory, at);
  if (alignment >= 0x40) return cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed alignment");
  const std::uint64_t offset = cursor.u64();
  if (offset > UINT32_MAX) return refuse(cursor, Refused::memory64, at);
  facts.memory_reach_max = std::max(facts.memory_reach_max, offset + width);
}

void memory_index(Cursor& cursor) {
  const std::uint64_t at = cursor.offset();
  if (cursor.u8() != 0) refuse(cursor, Refused::multi_memory, at);
}

std::uint64_t access_width(std::uint8_t opcode) {
  static constexpr std::uint8_t widths[] = {4, 8, 4, 8,              // i32 i64 f32 f64 load
                                            1, 1, 2, 2,              // i32 load8/16
                                            1, 1, 2, 2, 4, 4,        // i64 load8/16/32
                                            4, 8, 4, 8,              // stores
                                            1, 2, 1, 2, 4};          // narrow stores
  static_assert(sizeof widths == 0x3e - 0x28 + 1);
  return widths[opcode - 0x28];
}

void vector_instruction(Cursor& cursor, CodeFacts& facts, std::uint64_t at) {
  const std::uint32_t code = cursor.u32();
  if (code == 0 || code == 11) return memory_access(cursor, facts, 16);
  if (code <= 10) return memory_access(cursor, facts, 8);      // extending loads and splats read at most eight bytes
  if (code == 12 || code == 13) {
    cursor.bytes(16);                                          // v128.const, i8x16.shuffle
  } else if (code >= 21 && code <= 34) {
    cursor.u8();                                               // extract and replace lane
  } else if (code >= 84 && code <= 91) {
    memory_access(cursor, facts, 8);                           // load and store lane
    cursor.u8();
  } else if (code == 92 || code == 93) {
    memory_access(cursor, facts, 8);                           // load32_zero, load64_zero
  } else if (code >= 0x100 && code <= 0x113) {
    if (!facts.allowed.relaxed_simd) return refuse(cursor, Refused::relaxed_simd, at);
    facts.relaxed.push_back({{at, cursor.offset()}, code});
  } else if (code >= 256) {
    cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown vector instruction");
  }
}

void prefixed_instruction(Cursor& cursor, std::uint64_t at) {
  const std::uint32_t code = cursor.u32();
  switch (code) {
    case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: return;  // saturating conversions
    case 8: cursor.u32(); return memory_index(cursor);                       // memory.init
    case 9: case 13: case 15: case 16: case 17: cursor.u32(); return;        // data.drop, elem.drop, table.grow/size/fill
    case 10: memory_index(cursor); return memory_index(cursor);              // memory.copy
    case 11: return memory_index(cursor);                                    // memory.fill
    case 12: case 14: cursor.u32(); cursor.u32(); return;                    // table.init, table.copy
    case 19: case 20: case 21: case 22: return refuse(cursor, Refused::wide_arithmetic, at);
    default: cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown instruction 0xfc " + std::to_string(code));
  }
}

bool refuse_foreign_instruction(Cursor& cursor, std::uint8_t opcode, std::uint64_t at) {
  switch (opcode) {
    case 0x06: case 0x07: case 0x08: case 0x09: case 0x0a: case 0x18: case 0x19: case 0x1f:
      return refuse(cursor, Refused::exceptions, at), true;
    case 0x12: case 0x13: case 0x15: return refuse(cursor, Refused::tail_calls, at), true;
    case 0x14: case 0xd4: case 0xd5: case 0xd6: return refuse(cursor, Refused::function_references, at), true;
    case 0xd3: case 0xfb: return refuse(cursor, Refused::gc, at), true;
    case 0xfe: return refuse(cursor, Refused::threads, at), true;
    default: return false;
  }
}

void branch_table(Cursor& cursor) {
  const std::uint32_t count = cursor.count(branch_targets_max, "targets of a br_table");
  for (std::uint32_t i = 0; i <= count && cursor.ok(); ++i) cursor.u32();
}

void typed_select(Cursor& cursor) {
  const std::uint32_t count = cursor.count(limits::function_results_max, "types of a select");
  for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) read_value_type(cursor);
}

/// Reads the immediates of `opcode`, which is none of the block instructions.
void plain_instruction(Cursor& cursor, CodeFacts& facts, std::uint8_t opcode, std::uint64_t at) {
  if (opcode >= 0x45 && opcode <= 0xc4) return;  // comparisons, arithmetic, conversions, sign extension
  if (opcode >= 0x28 && opcode <= 0x3e) return memory_access(cursor, facts, access_width(opcode));
  switch (opcode) {
    case 0x00: case 0x01: case 0x0f: case 0x1a: case 0x1b: case 0xd1: return;  // unreachable nop return drop select ref.is_null
    case 0x0c: case 0x0d: case 0x10: case 0xd2: cursor.u32(); return;          // br br_if call ref.func
    case 0x20: case 0x21: case 0x22: case 0x23: case 0x24: case 0x25: case 0x26: cursor.u32(); return;
    case 0x0e: return branch_table(cursor);
    case 0x11: cursor.u32(); cursor.u32(); return;
    case 0x1c: return typed_select(cursor);
    case 0x3f: case 0x40: return memory_index(cursor);
    case 0x41: cursor.s32(); return;
    case 0x42: cursor.s64(); return;
    case 0x43: cursor.bytes(4); return;
    case 0x44: cursor.bytes(8); return;
    case 0xd0: read_reference_type(cursor); return;
    case 0xfc: return prefixed_instruction(cursor, at);
    case 0xfd: return vector_instruction(cursor, facts, at);
    default: break;
  }
  if (refuse_foreign_instruction(cursor, opcode, at)) return;
  cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown instruction " + hex_offset(opcode));
}

}  // namespace

std::uint8_t read_value_type(Cursor& cursor) {
  const std::uint64_t at = cursor.offset();
  const std::uint8_t code = cursor.u8();
  if (code >= INGOT_TYPE_V128 && code <= INGOT_TYPE_I32) return code;
  if (code == INGOT_TYPE_FUNCREF || code == INGOT_TYPE_EXTERNREF) return code;
  if (!refuse_foreign_type(cursor, code, at)) cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown value type");
  return 0;
}

std::uint8_t read_reference_type(Cursor& cursor) {
  const std::uint64_t at = cursor.offset();
  const std::uint8_t code = cursor.u8();
  if (code == INGOT_TYPE_FUNCREF || code == INGOT_TYPE_EXTERNREF) return code;
  if (refuse_foreign_type(cursor, code, at)) return 0;
  if (code < 0x40) {
    refuse(cursor, Refused::function_references, at);  // a type index
  } else {
    cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown reference type");
  }
  return 0;
}

void walk_expression(Cursor& cursor, CodeFacts& facts, std::vector<std::uint64_t>* starts) {
  std::uint32_t depth = 1;
  while (cursor.ok()) {
    const std::uint64_t at = cursor.offset();
    if (starts != nullptr) starts->push_back(at);
    const std::uint8_t opcode = cursor.u8();
    ++facts.instruction_count;
    switch (opcode) {
      case 0x02: case 0x03: case 0x04:  // block loop if
        block_type(cursor);
        facts.nesting_depth_max = std::max(facts.nesting_depth_max, ++depth);
        if (depth > limits::nesting_depth_max) {
          cursor.fail_at(ErrorCode::unsupported_wasm, at,
                         "blocks nest deeper than " + std::to_string(limits::nesting_depth_max));
        }
        break;
      case 0x05: break;  // else
      case 0x0b:         // end
        if (--depth == 0) return;
        break;
      default: plain_instruction(cursor, facts, opcode, at); break;
    }
  }
}

}  // namespace ingot::compiler::ingest
