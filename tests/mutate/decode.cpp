// SPDX-License-Identifier: Apache-2.0
#include "decode.hpp"

namespace ingot::mutate {
namespace {

/// Collects the immediates of one instruction; `ok` turns false at anything that does not fit.
struct Reader {
  ByteView bytes;
  std::size_t at;
  Instruction& instruction;
  bool ok = true;

  std::uint64_t number(Field kind) {
    const std::size_t begin = at;
    const auto value = read_number(bytes, at);
    if (!value) return ok = false, 0;
    instruction.immediates.push_back({kind, begin, at});
    return *value;
  }
  void fixed(Field kind, std::size_t count) {
    if (bytes.size() - at < count) {
      ok = false;
      return;
    }
    instruction.immediates.push_back({kind, at, at + count});
    at += count;
  }
  void memory() {
    number(Field::alignment);
    number(Field::offset);
  }
  void list(Field kind, std::uint64_t extra) {
    const std::uint64_t count = number(Field::other);
    for (std::uint64_t i = 0; i < count + extra && ok; ++i) number(kind);
  }

  void vector_immediates(std::uint64_t code) {
    const bool access = code <= 11 || code == 92 || code == 93 || (code >= 84 && code <= 91);
    if (access) memory();
    if (code == 12) fixed(Field::bytes, 16);
    if (code == 13) fixed(Field::other, 16);
    if ((code >= 21 && code <= 34) || (code >= 84 && code <= 91)) fixed(Field::lane, 1);
    if (code > 0x113) ok = false;
  }

  void bulk_immediates(std::uint64_t code) {
    switch (code) {
      case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: return;
      case 8: number(Field::segment), number(Field::other); return;
      case 9: case 13: number(Field::segment); return;
      case 10: number(Field::other), number(Field::other); return;
      case 11: number(Field::other); return;
      case 12: number(Field::segment), number(Field::table); return;
      case 14: number(Field::table), number(Field::table); return;
      case 15: case 16: case 17: number(Field::table); return;
      default: ok = false;
    }
  }

  void immediates(std::uint8_t opcode) {
    if (opcode >= 0x45 && opcode <= 0xc4) return;
    if (opcode >= 0x28 && opcode <= 0x3e) return memory();
    switch (opcode) {
      case 0x00: case 0x01: case 0x05: case 0x0b: case 0x0f: case 0x1a: case 0x1b: case 0xd1: return;
      case 0x02: case 0x03: case 0x04: number(Field::other); return;
      case 0x0c: case 0x0d: number(Field::label); return;
      case 0x0e: return list(Field::label, 1);
      case 0x10: case 0xd2: number(Field::function); return;
      case 0x11: number(Field::type), number(Field::table); return;
      case 0x1c: return list(Field::other, 0);
      case 0x20: case 0x21: case 0x22: number(Field::local); return;
      case 0x23: case 0x24: number(Field::global); return;
      case 0x25: case 0x26: number(Field::table); return;
      case 0x3f: case 0x40: case 0xd0: fixed(Field::other, 1); return;
      case 0x41: number(Field::i32); return;
      case 0x42: number(Field::i64); return;
      case 0x43: fixed(Field::bytes, 4); return;
      case 0x44: fixed(Field::bytes, 8); return;
      default: ok = false;
    }
  }
};

}  // namespace

std::optional<std::uint64_t> read_number(ByteView bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && at < bytes.size(); shift += 7) {
    const std::uint8_t byte = bytes[at++];
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

void append_number(Bytes& bytes, std::uint64_t value) {
  while (value >= 0x80) {
    bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void append_signed(Bytes& bytes, std::int64_t value) {
  while (value < -64 || value > 63) {
    bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  bytes.push_back(static_cast<std::uint8_t>(value & 0x7f));
}

std::optional<std::vector<Instruction>> read_expression(ByteView bytes, std::size_t at) {
  std::vector<Instruction> instructions;
  std::size_t depth = 1;
  while (depth > 0) {
    if (at >= bytes.size()) return std::nullopt;
    const std::uint8_t opcode = bytes[at];
    Instruction instruction{opcode, at, at, {}};
    Reader reader{bytes, at + 1, instruction};
    if (opcode == 0xfc || opcode == 0xfd) {
      const auto code = read_number(bytes, reader.at);
      if (!code || *code > 0xfff) return std::nullopt;
      instruction.opcode = static_cast<std::uint32_t>(opcode) * 0x1000 + static_cast<std::uint32_t>(*code);
      opcode == 0xfc ? reader.bulk_immediates(*code) : reader.vector_immediates(*code);
    } else {
      reader.immediates(opcode);
    }
    if (!reader.ok) return std::nullopt;
    if (opcode >= 0x02 && opcode <= 0x04) ++depth;
    if (opcode == 0x0b) --depth;
    instruction.end = at = reader.at;
    instructions.push_back(std::move(instruction));
  }
  return instructions;
}

}  // namespace ingot::mutate
