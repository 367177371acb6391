// SPDX-License-Identifier: Apache-2.0
// Gentle changes inside function bodies.
#include <algorithm>
#include <numeric>

#include "mutator.hpp"

namespace ingot::mutate {
namespace {

constexpr int tries_max = 8;

void splice(Bytes& bytes, std::size_t begin, std::size_t end, const Bytes& replacement) {
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(begin), replacement.begin(), replacement.end());
}

Bytes number_bytes(std::uint64_t value) {
  Bytes bytes;
  append_number(bytes, value);
  return bytes;
}

/// A body that was picked, taken apart.
struct Chosen {
  std::size_t body;
  Bytes locals;
  std::vector<Instruction> code;
};

std::optional<Chosen> choose_body(Parts& parts, Random& random) {
  for (int i = 0; i < tries_max && !parts.bodies.empty(); ++i) {
    const std::size_t body = random.below(parts.bodies.size());
    std::size_t begin = 0;
    auto locals = parts.locals(body, begin);
    if (!locals) continue;
    auto code = read_expression(parts.bodies[body], begin);
    if (code && code->size() > 1) return Chosen{body, std::move(*locals), std::move(*code)};
  }
  return std::nullopt;
}

/// A random instruction of a random body for which `fits`, then `edit` on it. Several bodies are tried.
template <typename Fits, typename Edit>
bool edit_one(Parts& parts, Random& random, const Fits& fits, const Edit& edit) {
  for (int i = 0; i < tries_max; ++i) {
    const auto chosen = choose_body(parts, random);
    if (!chosen) return false;
    std::vector<const Instruction*> found;
    for (const Instruction& instruction : chosen->code) {
      if (fits(instruction)) found.push_back(&instruction);
    }
    if (!found.empty()) return edit(*chosen, *random.pick(found), parts.bodies[chosen->body]);
  }
  return false;
}

bool has(const Instruction& instruction, Field kind) {
  return std::any_of(instruction.immediates.begin(), instruction.immediates.end(), [kind](const Immediate& i) { return i.kind == kind; });
}

const Immediate& immediate(const Instruction& instruction, Field kind) {
  return *std::find_if(instruction.immediates.begin(), instruction.immediates.end(), [kind](const Immediate& i) { return i.kind == kind; });
}

bool constant(Parts& parts, Random& random) {
  const auto fits = [](const Instruction& i) { return has(i, Field::i32) || has(i, Field::i64) || has(i, Field::bytes) || has(i, Field::lane); };
  return edit_one(parts, random, fits, [&](const Chosen&, const Instruction& instruction, Bytes& body) {
    const Immediate& field = instruction.immediates.back();
    Bytes fresh;
    if (field.kind == Field::i32) {
      append_signed(fresh, static_cast<std::int32_t>(interesting(random)));
    } else if (field.kind == Field::i64) {
      append_signed(fresh, interesting(random));
    } else if (field.kind == Field::lane) {
      fresh.push_back(static_cast<std::uint8_t>(random.below(2)));
    } else {
      for (std::size_t at = field.begin; at < field.end; ++at) fresh.push_back(random.one_in(3) ? random.byte() : random.one_in(2) ? 0xff : 0x7f);
    }
    splice(body, field.begin, field.end, fresh);
    return true;
  });
}

bool local_index(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return has(i, Field::local); },
                  [&](const Chosen& chosen, const Instruction& instruction, Bytes& body) {
                    const Immediate& field = instruction.immediates[0];
                    std::size_t at = field.begin;
                    const std::uint64_t now = read_number(body, at).value_or(0);
                    std::vector<std::uint64_t> others;
                    for (std::uint64_t i = 0; i < chosen.locals.size(); ++i) {
                      if (now < chosen.locals.size() && chosen.locals[i] == chosen.locals[now]) others.push_back(i);
                    }
                    if (others.empty()) return false;
                    splice(body, field.begin, field.end, number_bytes(random.pick(others)));
                    return true;
                  });
}

bool global_index(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return has(i, Field::global); },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    const Immediate& field = instruction.immediates[0];
                    std::size_t at = field.begin;
                    const std::uint64_t now = read_number(body, at).value_or(0);
                    std::vector<std::uint64_t> others;
                    for (std::uint64_t i = 0; i < parts.globals.size(); ++i) {
                      const bool same = now < parts.globals.size() && parts.globals[i].type == parts.globals[now].type;
                      if (same && (instruction.opcode == 0x23 || parts.globals[i].is_mutable)) others.push_back(i);
                    }
                    if (others.empty()) return false;
                    splice(body, field.begin, field.end, number_bytes(random.pick(others)));
                    return true;
                  });
}

bool memory_offset(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return has(i, Field::offset); },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    const Immediate& field = immediate(instruction, Field::offset);
                    splice(body, field.begin, field.end, number_bytes(static_cast<std::uint32_t>(interesting(random))));
                    const Immediate& alignment = immediate(instruction, Field::alignment);
                    if (random.one_in(3)) splice(body, alignment.begin, alignment.end, {0});  // less than natural is always valid
                    return true;
                  });
}

/// Operators of equal signature.
const std::vector<std::vector<std::uint32_t>>& operator_groups() {
  static const std::vector<std::vector<std::uint32_t>> groups = [] {
    const auto range = [](std::uint32_t first, std::uint32_t last, std::vector<std::uint32_t> more = {}) {
      std::vector<std::uint32_t> all(last - first + 1);
      std::iota(all.begin(), all.end(), first);
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    auto i32_binary = range(0x46, 0x4f);
    for (const std::uint32_t code : range(0x6a, 0x78)) i32_binary.push_back(code);
    const std::vector<std::uint32_t> v128_binary{
        0xfd023, 0xfd024, 0xfd025, 0xfd027, 0xfd02d, 0xfd030, 0xfd037, 0xfd03c, 0xfd041, 0xfd047, 0xfd04c, 0xfd04e, 0xfd04f, 0xfd050, 0xfd051,
        0xfd00e, 0xfd065, 0xfd066, 0xfd085, 0xfd086, 0xfd06e, 0xfd06f, 0xfd070, 0xfd071, 0xfd072, 0xfd073, 0xfd076, 0xfd079, 0xfd07b, 0xfd082,
        0xfd08e, 0xfd08f, 0xfd090, 0xfd091, 0xfd095, 0xfd096, 0xfd099, 0xfd09b, 0xfd09c, 0xfd09f, 0xfd0ae, 0xfd0b1, 0xfd0b5, 0xfd0b6, 0xfd0b9,
        0xfd0ba, 0xfd0bc, 0xfd0bf, 0xfd0ce, 0xfd0d1, 0xfd0d5, 0xfd0d6, 0xfd0db, 0xfd0dc, 0xfd0df, 0xfd0e4, 0xfd0e5, 0xfd0e6, 0xfd0e7, 0xfd0e8,
        0xfd0e9, 0xfd0ea, 0xfd0eb, 0xfd0f0, 0xfd0f1, 0xfd0f3, 0xfd0f4, 0xfd0f5, 0xfd0f6, 0xfd0f7};
    const std::vector<std::uint32_t> v128_unary{0xfd04d, 0xfd060, 0xfd061, 0xfd062, 0xfd067, 0xfd06a, 0xfd07a, 0xfd094, 0xfd07c, 0xfd07f, 0xfd080,
                                                0xfd081, 0xfd087, 0xfd08a, 0xfd0a0, 0xfd0a1, 0xfd0a7, 0xfd0c0, 0xfd0c7, 0xfd0e0, 0xfd0e1, 0xfd0e3,
                                                0xfd0ec, 0xfd0ef, 0xfd0f8, 0xfd0fa, 0xfd0fc, 0xfd0ff, 0xfd05e, 0xfd05f, 0xfd0fd};
    return std::vector<std::vector<std::uint32_t>>{
        i32_binary, range(0x67, 0x69, {0x45, 0xc0, 0xc1}), range(0x51, 0x5a), range(0x5b, 0x60), range(0x61, 0x66),
        range(0x79, 0x7b, {0xc2, 0xc3, 0xc4}), range(0x7c, 0x8a), range(0x8b, 0x91), range(0x92, 0x98), range(0x99, 0x9f), range(0xa0, 0xa6),
        {0xa7, 0x50}, {0xac, 0xad}, {0xa8, 0xa9, 0xbc, 0xfc000, 0xfc001}, {0xaa, 0xab, 0xfc002, 0xfc003}, {0xae, 0xaf, 0xfc004, 0xfc005},
        {0xb0, 0xb1, 0xbd, 0xfc006, 0xfc007}, {0xb2, 0xb3, 0xbe}, {0xb4, 0xb5}, {0xb7, 0xb8}, {0xb9, 0xba, 0xbf},
        {0x28, 0x2c, 0x2d, 0x2e, 0x2f}, range(0x30, 0x35, {0x29}), {0x36, 0x3a, 0x3b}, {0x37, 0x3c, 0x3d, 0x3e}, v128_binary, v128_unary,
        {0xfd053, 0xfd063, 0xfd064, 0xfd083, 0xfd084, 0xfd0a3, 0xfd0a4, 0xfd0c3, 0xfd0c4}, {0xfd06b, 0xfd06c, 0xfd06d, 0xfd08b, 0xfd08c, 0xfd08d, 0xfd0ab, 0xfd0ac, 0xfd0ad, 0xfd0cb, 0xfd0cc, 0xfd0cd},
        range(0xfd001, 0xfd00a, {0xfd000, 0xfd05c, 0xfd05d}), range(0xfd100, 0xfd100, {0xfd00e}), {0x02, 0x03}};
  }();
  return groups;
}

const std::vector<std::uint32_t>* group_of(std::uint32_t opcode) {
  for (const auto& group : operator_groups()) {
    if (std::find(group.begin(), group.end(), opcode) != group.end()) return &group;
  }
  return nullptr;
}

Bytes opcode_bytes(std::uint32_t opcode) {
  if (opcode < 0x100) return {static_cast<std::uint8_t>(opcode)};
  Bytes bytes{static_cast<std::uint8_t>(opcode / 0x1000)};
  append_number(bytes, opcode % 0x1000);
  return bytes;
}

bool swap_operator(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return group_of(i.opcode) != nullptr; },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    const bool access = has(instruction, Field::alignment);
                    const std::size_t tail = instruction.immediates.empty() ? instruction.end : instruction.immediates[0].begin;
                    if (access) splice(body, instruction.immediates[0].begin, instruction.immediates[0].end, {0});
                    splice(body, instruction.begin, tail, opcode_bytes(random.pick(*group_of(instruction.opcode))));
                    return true;
                  });
}

/// A unary operator of t -> t becomes nop; a binary one of t t -> t becomes drop.
bool drop_operator(Parts& parts, Random& random) {
  const auto between = [](std::uint32_t code, std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  const auto unary = [&](std::uint32_t c) {
    return c == 0x45 || between(c, 0x67, 0x69) || between(c, 0x79, 0x7b) || between(c, 0x8b, 0x91) || between(c, 0x99, 0x9f) || between(c, 0xc0, 0xc4);
  };
  const auto binary = [&](std::uint32_t c) {
    return between(c, 0x46, 0x4f) || between(c, 0x6a, 0x78) || between(c, 0x7c, 0x8a) || between(c, 0x92, 0x98) || between(c, 0xa0, 0xa6);
  };
  return edit_one(parts, random, [&](const Instruction& i) { return unary(i.opcode) || binary(i.opcode); },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    body[instruction.begin] = unary(instruction.opcode) ? 0x01 : 0x1a;
                    return true;
                  });
}

bool call_target(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return has(i, Field::function); },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    const Immediate& field = instruction.immediates[0];
                    std::size_t at = field.begin;
                    const std::uint64_t now = read_number(body, at).value_or(0);
                    std::vector<std::uint32_t> others;
                    for (std::uint32_t i = 0; i < parts.functions.size(); ++i) {
                      if (now < parts.functions.size() && parts.signature(i) == parts.signature(static_cast<std::uint32_t>(now))) others.push_back(i);
                    }
                    if (others.empty()) return false;
                    splice(body, field.begin, field.end, number_bytes(random.pick(others)));
                    return true;
                  });
}

bool label(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction& i) { return has(i, Field::label); },
                  [&](const Chosen&, const Instruction& instruction, Bytes& body) {
                    std::vector<const Immediate*> labels;
                    for (const Immediate& field : instruction.immediates) {
                      if (field.kind == Field::label) labels.push_back(&field);
                    }
                    const Immediate& field = *random.pick(labels);
                    splice(body, field.begin, field.end, number_bytes(random.below(4)));
                    return true;
                  });
}

Bytes nested_blocks(Random& random) {
  const std::size_t depth = random.one_in(6) ? random.below(1100) : random.below(30);
  Bytes code;
  for (std::size_t i = 0; i < depth; ++i) code.insert(code.end(), {static_cast<std::uint8_t>(0x02 + random.below(2)), 0x40});
  code.insert(code.end(), depth, 0x0b);
  return code;
}

Bytes branch_table(Random& random) {
  Bytes code{0x02, 0x40, 0x41, static_cast<std::uint8_t>(random.below(64)), 0x0e};
  const std::size_t targets = random.one_in(8) ? random.below(5000) : random.below(20);
  append_number(code, targets);
  code.insert(code.end(), targets + 1, 0);
  code.push_back(0x0b);
  return code;
}

/// Something that takes nothing from the stack and leaves nothing there.
Bytes neutral_code(Random& random) {
  switch (random.below(9)) {
    case 0: return {0x01};
    case 1: return {0x00};
    case 2: return {0x41, 0x00, 0x1a};
    case 3: return {0x02, 0x40, 0x0c, 0x00, 0x0b};
    case 4: return {0x03, 0x40, 0x0c, 0x00, 0x0b};
    case 5: return {0x0f};
    case 6: return {0x44, 0, 0, 0, 0, 0, 0, 0xf8, random.byte(), 0xfc, static_cast<std::uint8_t>(2 + random.below(2)), 0x1a};
    case 7: return nested_blocks(random);
    default: return branch_table(random);
  }
}

bool insert_code(Parts& parts, Random& random) {
  return edit_one(parts, random, [](const Instruction&) { return true; }, [&](const Chosen&, const Instruction& instruction, Bytes& body) {
    splice(body, instruction.begin, instruction.begin, neutral_code(random));
    return true;
  });
}

bool more_locals(Parts& parts, Random& random) {
  if (parts.bodies.empty()) return false;
  Bytes& body = parts.bodies[random.below(parts.bodies.size())];
  std::size_t begin = 0;
  const auto groups = read_number(body, begin);
  std::size_t end = begin;
  for (std::uint64_t i = 0; groups && i < *groups; ++i) {
    if (!read_number(body, end) || end >= body.size()) return false;
    ++end;
  }
  if (!groups) return false;
  static const Bytes types{0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f};
  Bytes group;
  append_number(group, random.one_in(5) ? random.below(60'000) : random.below(40));
  group.push_back(random.pick(types));
  splice(body, end, end, group);
  splice(body, 0, begin, number_bytes(*groups + 1));
  return true;
}

/// Another function of the same type gets this one's body, or the two exchange them.
bool move_body(Parts& parts, Random& random) {
  if (parts.bodies.empty()) return false;
  const std::size_t from = random.below(parts.bodies.size());
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < parts.bodies.size(); ++i) {
    if (i != from && parts.functions[parts.imported_functions + i] == parts.functions[parts.imported_functions + from]) others.push_back(i);
  }
  if (others.empty()) return false;
  Bytes& other = parts.bodies[random.pick(others)];
  if (random.one_in(2)) std::swap(other, parts.bodies[from]);
  else other = parts.bodies[from];
  return true;
}

}  // namespace

const std::vector<Change>& changes_of_code() {
  static const std::vector<Change> changes{
      {"constant", constant},           {"local index", local_index},   {"global index", global_index}, {"memory offset", memory_offset},
      {"operator", swap_operator},      {"operator", swap_operator},    {"operator dropped", drop_operator}, {"call target", call_target},
      {"label", label},                 {"code inserted", insert_code}, {"locals", more_locals},        {"body moved", move_body}};
  return changes;
}

}  // namespace ingot::mutate
