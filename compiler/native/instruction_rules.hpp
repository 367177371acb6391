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
  bool vex = false;   ///< C4, C5: AVX and BMI
  bool evex = false;  ///< 62: AVX-512 and APX
  bool xop = false;   ///< 8F: an AMD extension of the past
  bool rex2 = false;  ///< D5: APX
};
Encoding encoding_of(std::span<const std::uint8_t> instruction);

/// Why an instruction is refused, or nullptr. `name` is LLVM's name of the opcode; `unmodelled` is LLVM's flag for effects beyond
/// registers, flags and memory; `level` is the ISA level of the object.
const char* refusal(std::string_view name, bool unmodelled, const Encoding& encoding, std::string_view level);

}  // namespace ingot::compiler::native
