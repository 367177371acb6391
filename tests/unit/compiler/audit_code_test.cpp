// SPDX-License-Identifier: Apache-2.0
// The audit of machine code against bytes written by hand. What each encoding is, is said by Intel's Software Developer's Manual, volume 2, and AMD's
// Architecture Programmer's Manual, volume 3; which of them a guest has no business with, by what they do: call the system, change the processor's
// state under the host, tell the time or the machine's identity, reach memory by segments, leave the code that was looked at.
#include "native/audit_code.hpp"

#include <gtest/gtest.h>

#include "wat.hpp"

namespace ingot::compiler::native {
namespace {

constexpr std::uint64_t base = 0x1000;

/// Why these bytes are refused, or "".
std::string objection(std::string_view hex, const std::string& level = "x86-64-v4", std::vector<std::uint64_t> pointers = {}) {
  const format::Bytes bytes = hex_bytes(hex);
  const auto audited = audit_code(Text{base, bytes, std::move(pointers)}, level);
  if (audited.ok()) return "";
  EXPECT_EQ(audited.error().code, ErrorCode::audit);
  return audited.error().message;
}

struct Instruction {
  const char* text;
  const char* hex;
};

constexpr Instruction forbidden[] = {
    {"syscall", "0f05"}, {"sysenter", "0f34"}, {"sysexitq", "480f35"}, {"sysretq", "480f07"}, {"int $128", "cd80"}, {"iretq", "48cf"},
    {"hlt", "f4"}, {"inb %dx, %al", "ec"}, {"outb %al, %dx", "ee"}, {"insb %dx, %es:(%rdi)", "6c"}, {"outsb (%rsi), %dx", "6e"}, {"cli", "fa"},
    {"sti", "fb"}, {"std", "fd"}, {"cld", "fc"}, {"pushfq", "9c"}, {"popfq", "9d"}, {"clac", "0f01ca"}, {"stac", "0f01cb"}, {"rdtsc", "0f31"},
    {"rdtscp", "0f01f9"}, {"rdpmc", "0f33"}, {"rdmsr", "0f32"}, {"wrmsr", "0f30"}, {"cpuid", "0fa2"}, {"xgetbv", "0f01d0"}, {"xsetbv", "0f01d1"},
    {"rdrandl %eax", "0fc7f0"}, {"rdseedl %eax", "0fc7f8"}, {"rdpid %rax", "f30fc7f8"}, {"rdpkru", "0f01ee"}, {"wrpkru", "0f01ef"},
    {"rdpru", "0f01fd"}, {"rdfsbaseq %rax", "f3480faec0"}, {"rdgsbaseq %rax", "f3480faec8"}, {"wrfsbaseq %rax", "f3480faed0"},
    {"wrgsbaseq %rax", "f3480faed8"}, {"swapgs", "0f01f8"}, {"movl %fs, %eax", "8ce0"}, {"movl %ds, %eax", "8cd8"}, {"movl %eax, %fs", "8ee0"},
    {"movl %eax, %ds", "8ed8"}, {"pushq %fs", "0fa0"}, {"popq %fs", "0fa1"}, {"popq %gs", "0fa9"}, {"lfsq (%rax), %rcx", "480fb408"},
    {"lssq (%rax), %rcx", "480fb208"}, {"ljmpl *(%rax)", "ff28"}, {"ljmpq *(%rax)", "48ff28"}, {"lcalll *(%rax)", "ff18"},
    {"lcallq *(%rax)", "48ff18"}, {"lretl", "cb"}, {"lretq", "48cb"}, {"lretq $8", "48ca0800"}, {"xbegin .+6", "c7f800000000"},
    {"xabort $1", "c6f801"}, {"xend", "0f01d5"}, {"xtest", "0f01d6"}, {"monitor", "0f01c8"}, {"mwait", "0f01c9"}, {"monitorx", "0f01fa"},
    {"mwaitx", "0f01fb"}, {"umonitor %rax", "f30faef0"}, {"umwait %eax", "f20faef0"}, {"tpause %eax", "660faef0"}, {"sgdtq (%rax)", "0f0100"},
    {"sidtq (%rax)", "0f0108"}, {"sldtl %eax", "0f00c0"}, {"strl %eax", "0f00c8"}, {"smswl %eax", "0f01e0"}, {"lmsww %ax", "0f01f0"},
    {"lgdtq (%rax)", "0f0110"}, {"lidtq (%rax)", "0f0118"}, {"lldtw %ax", "0f00d0"}, {"ltrw %ax", "0f00d8"}, {"verr %ax", "0f00e0"},
    {"larl %ax, %eax", "0f02c0"}, {"lsll %ax, %eax", "0f03c0"}, {"movq %cr0, %rax", "0f20c0"}, {"movq %rax, %cr0", "0f22c0"},
    {"movq %dr7, %rax", "0f21f8"}, {"invd", "0f08"}, {"wbinvd", "0f09"}, {"invlpg (%rax)", "0f0138"}, {"vmcall", "0f01c1"}, {"vmmcall", "0f01d9"},
    {"vmfunc", "0f01d4"}, {"vmrun", "0f01d8"}, {"clgi", "0f01dd"}, {"skinit", "0f01de"}, {"getsec", "0f37"}, {"encls", "0f01cf"},
    {"enclu", "0f01d7"}, {"ldmxcsr (%rax)", "0fae10"}, {"stmxcsr (%rax)", "0fae18"}, {"vldmxcsr (%rax)", "c5f8ae10"},
    {"vstmxcsr (%rax)", "c5f8ae18"}, {"fxsave (%rax)", "0fae00"}, {"fxrstor (%rax)", "0fae08"}, {"fxrstor64 (%rax)", "480fae08"},
    {"xsave (%rax)", "0fae20"}, {"xsavec (%rax)", "0fc720"}, {"xrstor (%rax)", "0fae28"}, {"xrstor64 (%rax)", "480fae28"},
    {"xsaveopt (%rax)", "0fae30"}, {"fldcw (%rax)", "d928"}, {"fnstcw (%rax)", "d938"}, {"fninit", "dbe3"}, {"fnclex", "dbe2"},
    {"fldenv (%rax)", "d920"}, {"fnstenv (%rax)", "d930"}, {"frstor (%rax)", "dd20"}, {"fnsave (%rax)", "dd30"}, {"fnstsw %ax", "dfe0"},
    {"fldl (%rax)", "dd00"}, {"fld1", "d9e8"}, {"fstpl (%rax)", "dd18"}, {"fadd %st(1), %st", "d8c1"}, {"fxch %st(1)", "d9c9"},
    {"ffree %st(1)", "ddc1"}, {"fincstp", "d9f7"}, {"fcomi %st(1), %st", "dbf1"}, {"fildl (%rax)", "db00"}, {"movd %eax, %mm0", "0f6ec0"},
    {"paddb %mm1, %mm0", "0ffcc1"}, {"movq %mm0, (%rax)", "0f7f00"}, {"cvtpi2ps %mm0, %xmm0", "0f2ac0"}, {"cvtps2pi %xmm0, %mm0", "0f2dc0"},
    {"movq2dq %mm0, %xmm0", "f30fd6c0"}, {"maskmovq %mm1, %mm0", "0ff7c1"}, {"emms", "0f77"}, {"femms", "0f0e"}, {"clflush (%rax)", "0fae38"},
    {"clflushopt (%rax)", "660fae38"}, {"clwb (%rax)", "660fae30"}, {"cldemote (%rax)", "0f1c00"}, {"enter $16, $0", "c8100000"}, {"xlatb", "d7"},
    {"lock incl (%rax)", "f0ff00"}, {"incsspq %rax", "f3480faee8"}, {"rdsspq %rax", "f3480f1ec8"}, {"saveprevssp", "f30f01ea"},
    {"rstorssp (%rax)", "f30f0128"}, {"wrssq %rax, (%rcx)", "480f38f601"}, {"setssbsy", "f30f01e8"}, {"clrssbsy (%rax)", "f30fae30"},
    {"senduipi %rax", "f30fc7f0"}, {"uiret", "f30f01ec"}, {"clui", "f30f01ee"}, {"stui", "f30f01ef"}, {"testui", "f30f01ed"},
    {"enqcmd (%rax), %rcx", "f20f38f808"}, {"movdir64b (%rax), %rcx", "660f38f808"}, {"movdiri %eax, (%rcx)", "0f38f901"},
    {"ptwritel %eax", "f30faee0"}, {"serialize", "0f01e8"}, {"xsusldtrk", "f20f01e8"}, {"tilerelease", "c4e27849c0"},
    {"ldtilecfg (%rax)", "c4e2784900"}, {"loadiwkey %xmm0, %xmm1", "f30f38dcc8"}, {"clzero", "0f01fc"}, {"pconfig", "0f01c5"},
    {"hreset $0", "f30f3af0c000"}, {"invpcid (%rax), %rcx", "660f388208"}, {"llwpcb %rax", "8fe9f812c0"},
    {"movq %fs:0, %rax", "64488b042500000000"}, {"movq %gs:0, %rax", "65488b042500000000"}, {"repne scasb %es:(%rdi), %al", "f2ae"},
    {"rep cmpsb %es:(%rdi), (%rsi)", "f3a6"}, {"lodsb (%rsi), %al", "ac"}, {"loop .+2", "e200"},
};

TEST(AuditCode, What_no_guest_needs_is_refused_at_every_level) {
  for (const Instruction& one : forbidden) {
    for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
      EXPECT_NE(objection(std::string(one.hex) + "c3", level), "") << one.text;
      EXPECT_NE(objection("90" + std::string(one.hex), level), "") << one.text << " at the end";
    }
  }
}

TEST(AuditCode, No_instruction_of_the_x87_unit_is_accepted) {
  char hex[16];
  for (int opcode = 0xd8; opcode <= 0xdf; ++opcode) {
    for (int operand = 0; operand < 256; ++operand) {
      // Every ModRM byte, with room for a SIB byte and a displacement; FXCH and the like take what follows as further instructions (NOP).
      std::snprintf(hex, sizeof hex, "%02x%02x", opcode, operand);
      EXPECT_NE(objection(hex + std::string("909090909090")), "") << hex;
    }
  }
}

TEST(AuditCode, Every_interrupt_but_the_breakpoint_is_refused) {
  char hex[8];
  for (int number = 0; number < 256; ++number) {
    std::snprintf(hex, sizeof hex, "cd%02x", number);
    EXPECT_NE(objection(hex), "") << hex;
  }
  EXPECT_EQ(objection("cc"), "");
}

TEST(AuditCode, Code_as_compilers_write_it_is_accepted) {
  constexpr Instruction harmless[] = {
      {"push %rbp; mov %rsp, %rbp; pop %rbp; ret", "554889e55dc3"},
      {"mov (%rdi,%rsi), %eax; ret", "8b0437c3"},
      {"div %ecx", "f7f1"},
      {"movaps %xmm0, (%rsp); addsd %xmm1, %xmm0", "0f290424f20f58c1"},
      {"long NOP with prefixes", "6666662e0f1f840000000000"},
      {"xchg %ax, %ax", "6690"},
      {"shl $5, %ax", "66c1e005"},
      {"rep movsb; rep stosq", "f3a4f348ab"},
      {"call *%rax; jmp *%rax", "ffd0ffe0"},
      {"ud2; int3; pause; endbr64", "0f0bccf390f30f1efa"},
      {"lahf; sahf; cmpxchg16b (%rax); prefetcht0 (%rax)", "9f9e480fc7080f1808"},
      {"je .+2; jmp .+2; call .+5; ret", "7400eb00e800000000c3"},
      {"rep ret", "f3c3"},
  };
  for (const Instruction& one : harmless) EXPECT_EQ(objection(one.hex), "") << one.text;
}

TEST(AuditCode, Levels_are_kept) {
  constexpr Instruction of_v3[] = {{"vaddps", "c5f858c0"}, {"mulx", "c4e2fbf6c0"}, {"vfmadd213ps", "c4e271a8c0"}};
  constexpr Instruction of_v4[] = {{"vaddps on 512 bits", "62f17c4858c0"}, {"kmovw", "c5f892c8"}, {"vaddps with a mask", "62f17c0958c0"}};
  constexpr Instruction of_none[] = {{"aesenc", "660f38dcc0"}, {"vpdpbusd", "62f27d4850c0"}, {"vpopcntb", "62f27d4854c0"}, {"vpermb", "62f27d488dc0"}, {"vcmpph", "62f37c48c2c000"},
                                     {"vaddph", "62f57c4858c0"}, {"add of three registers (APX)", "62f4fc1001c3"}, {"tilezero", "c4e27b49c0"},
                                     {"vfmaddps with four operands", "c4e379680000"}, {"sha1msg1", "0f38c9c1"}};
  for (const Instruction& one : of_v3) {
    EXPECT_NE(objection(one.hex, "x86-64-v2"), "") << one.text;
    EXPECT_EQ(objection(one.hex, "x86-64-v3"), "") << one.text;
  }
  for (const Instruction& one : of_v4) {
    EXPECT_NE(objection(one.hex, "x86-64-v3"), "") << one.text;
    EXPECT_EQ(objection(one.hex, "x86-64-v4"), "") << one.text;
  }
  for (const Instruction& one : of_none) EXPECT_NE(objection(one.hex, "x86-64-v4"), "") << one.text;
}

// Processors ignore a REX prefix that another prefix follows; a reader that stops at it would not see the segment.
TEST(AuditCode, No_order_of_prefixes_hides_a_segment) {
  for (const char* hex : {"648b00", "658b00", "48648b00", "4f658b00", "6648648b00", "f348648b00", "48f3648b00", "2e3e648b00", "64c5f81000", "6466480fc7f0"}) {
    EXPECT_NE(objection(std::string(hex) + "c3"), "") << hex;
  }
  EXPECT_EQ(objection("488b00c3"), "");
}

// Intel ignores 66 before a near jump and AMD does not: what one takes for the end of the jump is an instruction to the other.
TEST(AuditCode, A_jump_whose_length_processors_disagree_on_is_refused) {
  for (const char* hex : {"66e90000", "66e900000000", "66e80000", "66e800000000", "660f840000", "660f8400000000", "66eb00", "667400", "66c3", "66c20400",
                          "66ffe0", "66ffd0", "66ff20", "66e300", "66e200"}) {
    EXPECT_NE(objection(std::string(hex) + "9090909090909090"), "") << hex;
  }
}

TEST(AuditCode, Jumps_lead_to_instructions_of_the_text) {
  // mov $0x0f05, %eax (b8 05 0f 00 00) holds a system call's bytes at +1 in the order 05 0f; here as imm32 0x9090050f: 0f 05 at +1.
  const std::string hidden = "b80f059090";
  EXPECT_EQ(objection(hidden + "c3"), "") << "as an operand it is a number";
  constexpr const char* into[] = {"ebfa", "74fa", "e3fa", "e8f7ffffff", "e9f7ffffff", "0f84f6ffffff"};  // all lead to 1, from 5
  for (const char* jump : into) EXPECT_NE(objection(hidden + jump), "") << jump;
  constexpr const char* before[] = {"ebf9", "74f9", "e3f9", "e8f6ffffff", "e9f6ffffff", "0f84f5ffffff"};  // to 0
  for (const char* jump : before) EXPECT_EQ(objection(hidden + jump), "") << jump;
  for (const char* out : {"eb00", "ebf0", "e900000000", "e8f0ffffff", "e9ffffff7f", "0f8500000080"}) EXPECT_NE(objection(out), "") << out;
}

TEST(AuditCode, Addresses_of_code_are_those_of_instructions) {
  const std::string hidden = "b80f059090";
  EXPECT_EQ(objection(hidden + "488d05f4ffffff"), "") << "lea 0(base)";
  EXPECT_NE(objection(hidden + "488d05f5ffffff"), "") << "lea 1(base)";
  EXPECT_EQ(objection(hidden + "488d0500100000"), "") << "data behind the text";
  EXPECT_EQ(objection(hidden + "c3", "x86-64-v2", {base, base + 5}), "");
  EXPECT_NE(objection(hidden + "c3", "x86-64-v2", {base, base + 1}), "") << "a relocation's";
}

TEST(AuditCode, What_is_no_instruction_is_refused) {
  for (const char* hex : {"06", "0e", "d4", "9a0000000000", "ea0000000000", "62", "c5", "0f", "b80000", "e9", "0fff", "48", "66", "f3"}) EXPECT_NE(objection(hex), "") << hex;
}

}  // namespace
}  // namespace ingot::compiler::native
