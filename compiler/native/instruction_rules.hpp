// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which x86 instructions a guest has business with. Rules over what LLVM knows about an instruction and over its raw prefixes; no state.

#include <cstdint>
#include <span>
#include <string_view>

namespace ingot::compiler::native {

/// What stands before an instruction's opcode.
struct Encoding {
  bool segment_fs_or_gs = false;
  bool operand_size = false;  ///< 66
  bool odd_order = false;     ///< a REX prefix before another one: processors ignore it, and no compiler writes that
  std::uint8_t evex_map = 0;  ///< of an EVEX instruction: which table its opcode is in
  bool vex = false;   ///< C4, C5: AVX and BMI
  bool evex = false;  ///< 62: AVX-512 and APX
  bool xop = false;   ///< 8F: an AMD extension of the past
  bool rex2 = false;  ///< D5: APX
};
Encoding encoding_of(std::span<const std::uint8_t> instruction);

/// What LLVM knows of an instruction.
struct Description {
  std::string_view name;       ///< of the opcode
  bool unmodelled = false;     ///< it has effects beyond registers, flags and memory
  bool moves_control = false;  ///< a jump, call or return
};

/// Why an instruction is refused, or nullptr. `level` is the ISA level of the object.
const char* refusal(const Description& instruction, const Encoding& encoding, std::string_view level);

}  // namespace ingot::compiler::native
