// SPDX-License-Identifier: Apache-2.0
#include "native/instruction_rules.hpp"

#include <gtest/gtest.h>

#include "wat.hpp"

namespace ingot::compiler::native {
namespace {

Encoding encoding(std::string_view hex) { return encoding_of(hex_bytes(hex)); }
const char* refusal(std::string_view name, bool unmodelled, const Encoding& before, std::string_view level) {
  return native::refusal({name, unmodelled, false}, before, level);
}

TEST(InstructionRules, Prefixes_are_read_in_any_order) {
  EXPECT_TRUE(encoding("64488b00").segment_fs_or_gs);
  EXPECT_TRUE(encoding("6665f3488b00").segment_fs_or_gs);
  EXPECT_FALSE(encoding("488b6465").segment_fs_or_gs) << "64 and 65 behind the opcode are operands";
  EXPECT_TRUE(encoding("48648b00").segment_fs_or_gs) << "a REX prefix before another one is no opcode";
  EXPECT_TRUE(encoding("48648b00").odd_order);
  EXPECT_TRUE(encoding("48490500000000").odd_order);
  EXPECT_FALSE(encoding("6648c1e005").odd_order);
  EXPECT_TRUE(encoding("6690").operand_size);
  EXPECT_EQ(encoding("62f4fc1001c3").evex_map, 4);
  EXPECT_TRUE(encoding("c5f877").vex);
  EXPECT_TRUE(encoding("62f17c4858c0").evex);
  EXPECT_TRUE(encoding("8fe97812c0").xop);
  EXPECT_FALSE(encoding("8fc0").xop) << "pop";
}

TEST(InstructionRules, Levels_are_ladders) {
  EXPECT_EQ(refusal("ADD64rr", false, {}, "x86-64-v2"), nullptr);
  EXPECT_NE(refusal("VADDPSrr", false, encoding("c5f858c0"), "x86-64-v2"), nullptr);
  EXPECT_EQ(refusal("VADDPSrr", false, encoding("c5f858c0"), "x86-64-v3"), nullptr);
  EXPECT_NE(refusal("VADDPSZrr", false, encoding("62f17c4858c0"), "x86-64-v3"), nullptr);
  EXPECT_EQ(refusal("VADDPSZrr", false, encoding("62f17c4858c0"), "x86-64-v4"), nullptr);
  EXPECT_NE(refusal("LZCNT64rr", false, {}, "x86-64-v2"), nullptr);
  EXPECT_EQ(refusal("TZCNT64rr", false, {}, "x86-64-v2"), nullptr) << "decodes from the bytes of a BSF with a prefix";
  EXPECT_NE(refusal("KMOVWkr", false, encoding("c5f892c8"), "x86-64-v3"), nullptr);
  EXPECT_NE(refusal("AESENCrr", false, {}, "x86-64-v4"), nullptr);
  EXPECT_EQ(refusal("VFMADD213PSr", false, encoding("c4e271a8c0"), "x86-64-v3"), nullptr);
  EXPECT_NE(refusal("VFMADDPS4rr", false, encoding("c4e379680000"), "x86-64-v3"), nullptr);
}

TEST(InstructionRules, What_llvm_does_not_model_is_refused_with_few_exceptions) {
  for (const char* name : {"SYSCALL", "HLT", "ENCLU", "SOME_FUTURE_INSTRUCTION", "DIV_F32m", "DIVR_FPrST0"}) {
    EXPECT_NE(refusal(name, true, {}, "x86-64-v4"), nullptr) << name;
  }
  for (const char* name : {"DIV32r", "IDIV64m", "RET64", "TRAP", "INT3", "MOVSB"}) EXPECT_EQ(refusal(name, true, {}, "x86-64-v2"), nullptr) << name;
}

TEST(InstructionRules, A_jump_with_an_operand_size_prefix_is_refused) {
  EXPECT_NE(native::refusal({"JMP_2", false, true}, encoding("66e90000"), "x86-64-v2"), nullptr);
  EXPECT_EQ(native::refusal({"JMP_4", false, true}, encoding("e900000000"), "x86-64-v2"), nullptr);
  EXPECT_EQ(native::refusal({"ADD16rr", false, false}, encoding("6601c8"), "x86-64-v2"), nullptr);
}

}  // namespace
}  // namespace ingot::compiler::native
