// SPDX-License-Identifier: Apache-2.0
#include "lower/relaxed_simd.hpp"

#include <array>

#include "base/check.hpp"
#include "ingest/cursor.hpp"
#include "ingot/abi.h"
#include "lower/leb128.hpp"

namespace ingot::compiler::lower {
namespace {

using format::Bytes;
using format::ByteView;

constexpr std::uint32_t relaxed_first = 0x100;
constexpr std::uint32_t scratch_locals = 4;

// Vector opcodes of core 2.0, behind the prefix 0xfd (binary format, section 5.4.8).
enum Vector : std::uint32_t {
  i8x16_shuffle = 0x0d,
  i8x16_swizzle = 0x0e,
  v128_bitselect = 0x52,
  i32x4_extadd_pairwise_i16x8_s = 0x7e,
  i16x8_q15mulr_sat_s = 0x82,
  i16x8_add = 0x8e,
  i16x8_extmul_low_i8x16_s = 0x9c,
  i16x8_extmul_high_i8x16_s = 0x9d,
  i32x4_add = 0xae,
  f32x4_neg = 0xe1,
  f32x4_add = 0xe4,
  f32x4_mul = 0xe6,
  f32x4_min = 0xe8,
  f32x4_max = 0xe9,
  f64x2_neg = 0xed,
  f64x2_add = 0xf0,
  f64x2_mul = 0xf2,
  f64x2_min = 0xf4,
  f64x2_max = 0xf5,
  i32x4_trunc_sat_f32x4_s = 0xf8,
  i32x4_trunc_sat_f32x4_u = 0xf9,
  i32x4_trunc_sat_f64x2_s_zero = 0xfc,
  i32x4_trunc_sat_f64x2_u_zero = 0xfd,
  none = 0,
};

// What stands for 0x100, 0x101, ...; `none` for those that need several instructions.
constexpr std::array<Vector, 0x14> plain{
    i8x16_swizzle,
    i32x4_trunc_sat_f32x4_s, i32x4_trunc_sat_f32x4_u, i32x4_trunc_sat_f64x2_s_zero, i32x4_trunc_sat_f64x2_u_zero,
    none, none, none, none,  // f32x4 madd, nmadd, f64x2 madd, nmadd
    v128_bitselect, v128_bitselect, v128_bitselect, v128_bitselect,
    f32x4_min, f32x4_max, f64x2_min, f64x2_max,
    i16x8_q15mulr_sat_s,
    none, none,              // dot, dot and add
};

/// Writes instructions; knows where the scratch locals are.
class Writer final {
 public:
  Writer(Bytes& bytes, std::uint32_t scratch) : bytes_(bytes), scratch_(scratch) {}

  void vector(Vector opcode) {
    bytes_.push_back(0xfd);
    append_u32(bytes_, opcode);
  }
  void get(std::uint32_t which) { local(0x20, which); }
  void set(std::uint32_t which) { local(0x21, which); }
  /// Lanes of 16 bits, taken from the two vectors on the stack: every other one, from `first` on.
  void every_other_i16(std::uint8_t first) {
    vector(i8x16_shuffle);
    for (std::uint8_t lane = 0; lane < 8; ++lane) {
      const auto byte = static_cast<std::uint8_t>((lane * 2 + first) * 2);
      bytes_.push_back(byte);
      bytes_.push_back(static_cast<std::uint8_t>(byte + 1));
    }
  }

  /// a b c -> a * b + c, rounded twice; negated: -(a * b) + c.
  void multiply_add(Vector mul, Vector add, Vector neg) {
    set(0);
    vector(mul);
    if (neg != none) vector(neg);
    get(0);
    vector(add);
  }

  /// a b -> the products of signed bytes, added in pairs, as 16-bit lanes.
  void dot() {
    set(1);
    set(0);
    get(0), get(1), vector(i16x8_extmul_low_i8x16_s), set(2);
    get(0), get(1), vector(i16x8_extmul_high_i8x16_s), set(0);
    get(2), get(0), every_other_i16(0);
    get(2), get(0), every_other_i16(1);
    vector(i16x8_add);
  }

  void relaxed(std::uint32_t code) {
    const Vector same = plain[code - relaxed_first];
    if (same != none) return vector(same);
    switch (code) {
      case 0x105: return multiply_add(f32x4_mul, f32x4_add, none);
      case 0x106: return multiply_add(f32x4_mul, f32x4_add, f32x4_neg);
      case 0x107: return multiply_add(f64x2_mul, f64x2_add, none);
      case 0x108: return multiply_add(f64x2_mul, f64x2_add, f64x2_neg);
      case 0x112: return dot();
      case 0x113:
        set(3);
        dot();
        vector(i32x4_extadd_pairwise_i16x8_s);
        get(3);
        return vector(i32x4_add);
      default: INGOT_CHECK(false);
    }
  }

 private:
  void local(std::uint8_t opcode, std::uint32_t which) {
    bytes_.push_back(opcode);
    append_u32(bytes_, scratch_ + which);
  }

  Bytes& bytes_;
  std::uint32_t scratch_;
};

struct Locals {
  std::uint32_t groups = 0;
  std::uint64_t count = 0;
  ingest::Range entries;  ///< the groups themselves; the instructions begin behind them
};

Locals read_locals(ByteView wasm, ingest::Range body) {
  ingest::Cursor cursor(wasm, body.begin, body.end, "a function");
  Locals locals;
  locals.groups = cursor.u32();
  locals.entries.begin = cursor.offset();
  for (std::uint32_t i = 0; i < locals.groups; ++i) {
    locals.count += cursor.u32();
    cursor.u8();
  }
  locals.entries.end = cursor.offset();
  INGOT_CHECK(cursor.ok());
  return locals;
}

ByteView view(ByteView wasm, std::uint64_t begin, std::uint64_t end) { return wasm.subspan(begin, end - begin); }

using Use = std::vector<ingest::RelaxedUse>::const_iterator;

Bytes rewritten_body(ByteView wasm, ingest::Range body, std::uint64_t params, Use use, Use uses_end) {
  const Locals locals = read_locals(wasm, body);
  Bytes bytes;
  append_u32(bytes, locals.groups + 1);
  append(bytes, view(wasm, locals.entries.begin, locals.entries.end));
  append_u32(bytes, scratch_locals);
  bytes.push_back(INGOT_TYPE_V128);
  Writer writer(bytes, static_cast<std::uint32_t>(params + locals.count));
  std::uint64_t at = locals.entries.end;
  for (; use != uses_end; ++use) {
    append(bytes, view(wasm, at, use->place.begin));
    writer.relaxed(use->code);
    at = use->place.end;
  }
  append(bytes, view(wasm, at, body.end));
  return bytes;
}

}  // namespace

Bytes code_without_relaxed_simd(const ingest::Module& module, ByteView wasm) {
  Bytes bytes;
  append_u32(bytes, module.bodies.size());
  Use use = module.code.relaxed.begin();
  for (std::size_t index = 0; index < module.bodies.size(); ++index) {
    const ingest::Range body = module.bodies[index];
    const Use first = use;
    while (use != module.code.relaxed.end() && use->place.begin < body.end) ++use;
    const ByteView old = view(wasm, body.begin, body.end);
    const std::uint64_t params = module.function_type(module.function_import_count + static_cast<std::uint32_t>(index)).params.size();
    const Bytes fresh = first == use ? Bytes(old.begin(), old.end()) : rewritten_body(wasm, body, params, first, use);
    append_u32(bytes, fresh.size());
    append(bytes, fresh);
  }
  INGOT_CHECK(use == module.code.relaxed.end());
  return bytes;
}

}  // namespace ingot::compiler::lower
