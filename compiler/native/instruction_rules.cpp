// SPDX-License-Identifier: Apache-2.0
//
// LLVM marks every instruction whose effects it does not model: system calls, port and segment accesses, everything privileged, everything
// that reads the machine's identity or clock, the x87 unit, transactional memory, and so on, about 850 of 22,000. All of them are refused
// except a short list of harmless ones. What LLVM models is arithmetic on registers and memory, and is allowed if it belongs to the level,
// with a few names refused beside. The host shares the processor's modes with its guests and the ABI says what they are: so nothing may load
// MXCSR or the x87 control word, set the direction or alignment flag, or touch the x87 and MMX registers, whose state would be the host's.
//
// What counts is what a processor executes, not what a disassembler prints: encodings that the two, or two makers of processors, might read in
// different ways are refused. Makers disagree on the length of a jump with an operand-size prefix.
//
// Levels are decided by encoding where that is possible (VEX begins with v3, EVEX with v4) and by name where an extension of no level
// shares an encoding.
#include "native/instruction_rules.hpp"

#include <algorithm>
#include <array>

namespace ingot::compiler::native {
namespace {

bool starts_with_any(std::string_view name, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool equals_any(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Harmless although unmodelled: division (it may fault, which is a guest's trap), string moves, returns, traps, padding, fences; and WAIT,
// which clang 19 puts behind every inline assembly of code with -frounding-math.
constexpr auto harmless = std::to_array<std::string_view>({
    "MOVSB",  "MOVSW",  "MOVSL", "MOVSQ", "STOSB", "STOSW",     "STOSL",    "STOSQ",      "RET64",     "RETI64",
    "TRAP",   "UD1Lm",  "UD1Lr", "UD1Qm", "UD1Qr", "UD1Wm",     "UD1Wr",    "INT3",       "ENDBR64",   "VZEROUPPER",
    "VZEROALL", "PAUSE", "MFENCE", "LFENCE", "SFENCE", "LEA64_16r", "LEA64_8r", "WAIT"});
constexpr auto harmless_prefixes = std::to_array<std::string_view>({"DIV", "IDIV", "MULX"});
// "DIV" above must not let x87 division in.
constexpr auto x87_division = std::to_array<std::string_view>({"DIV_F", "DIVR_"});

// Modelled by LLVM, and still no guest's business.
constexpr auto forbidden_prefixes = std::to_array<std::string_view>({"PUSHF", "POPF",   "XLAT",   "SYSCALL", "SYSENTER", "RDTSC",  "CPUID",
                                                               "RDSEED", "RDRAND", "URDMSR", "UWRMSR",  "MMX_",     "FNSTSW", "MOVRS"});

// Extensions that are in no level, by the names of their opcodes.
constexpr auto beyond_levels = std::to_array<std::string_view>({
    "AES",     "VAES",    "PCLMUL",  "VPCLMUL", "SHA1",     "SHA256",   "VSHA512", "VSM3",   "VSM4",
    "GF2P8",   "VGF2P8",  "ADCX",    "ADOX",    "AADD",     "AAND",     "AOR",     "AXOR",   "CMPCCXADD",
    "VPDPB", "VPDPW", "VPERMIL2", "VPMADD52", "VBCSTNE", "VCVTNE", "EXTRQ",   "INSERTQ",
    // AVX-512 beyond F, BW, CD, DQ and VL
    "VPERMB",  "VPERMI2B", "VPERMT2B", "VPMULTISHIFTQB", "VPCOMPRESSB", "VPCOMPRESSW", "VPEXPANDB", "VPEXPANDW", "VPSHLD", "VPSHRD",
    "VPSHUFBITQMB", "VPOPCNT", "VP2INTERSECT", "VDPBF16", "VP4DP", "V4F", "VEXP2", "VRCP28", "VRSQRT28", "VGATHERPF", "VSCATTERPF",
    // halves of floats and AVX10, as far as they stand in tables of AVX-512's
    "VCMPPH", "VCMPSH", "VFPCLASSPH", "VFPCLASSSH", "VGETMANTPH", "VGETMANTSH", "VREDUCEPH", "VREDUCESH", "VRNDSCALEPH", "VRNDSCALESH", "VDPPHPS",
    "VMINMAX", "VCOMX", "VUCOMX", "VCVT2PH", "VCVT2PS2PHX", "VCVTBIAS",
    // AMX
    "TILE", "TDP", "TMM", "TCMM", "TCVT", "TTDP", "TTMM", "TTCMM", "TTRANS", "T2RPNT"});
constexpr auto four_operand_fma = std::to_array<std::string_view>({"PD4", "PS4", "SD4", "SS4"});
// Below v3 only; v3 brought them with a legacy encoding. TZCNT is missing on purpose: compilers emit its bytes for BSF, which older
// processors execute as such with the same result.
constexpr auto brought_by_v3 = std::to_array<std::string_view>({"LZCNT", "MOVBE"});

bool beyond_every_level(std::string_view name) {
  if (starts_with_any(name, beyond_levels) || name.find("BF16") != std::string_view::npos || name.find("BF8") != std::string_view::npos) return true;
  if (!name.starts_with("VFM") && !name.starts_with("VFNM")) return false;
  return std::any_of(four_operand_fma.begin(), four_operand_fma.end(), [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

bool above_level(std::string_view name, const Encoding& encoding, std::string_view level) {
  // Tables 4 and up hold APX and half-precision floats.
  if (encoding.xop || encoding.rex2 || encoding.evex_map > 3 || beyond_every_level(name)) return true;
  if (level == "x86-64-v4") return false;
  // Mask registers are AVX-512 too, although their instructions are encoded with VEX.
  const bool mask = name.starts_with("K") && encoding.vex;
  if (encoding.evex || mask) return true;
  if (level == "x86-64-v3") return false;
  return encoding.vex || starts_with_any(name, brought_by_v3);
}

}  // namespace

Encoding encoding_of(std::span<const std::uint8_t> instruction) {
  Encoding encoding;
  std::size_t i = 0;
  bool rex = false;
  for (; i < instruction.size(); ++i) {
    const std::uint8_t byte = instruction[i];
    if ((byte & 0xf0) == 0x40) {
      encoding.odd_order = encoding.odd_order || rex;
      rex = true;
      continue;
    }
    if (byte == 0x64 || byte == 0x65) encoding.segment_fs_or_gs = true;
    if (byte == 0x66) encoding.operand_size = true;
    const bool legacy = byte == 0x64 || byte == 0x65 || byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3 ||
                        byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e;
    if (!legacy) break;
    encoding.odd_order = encoding.odd_order || rex;
  }
  if (i >= instruction.size()) return encoding;
  const std::uint8_t first = instruction[i];
  encoding.vex = first == 0xc4 || first == 0xc5;
  encoding.evex = first == 0x62;
  if (encoding.evex && i + 1 < instruction.size()) encoding.evex_map = instruction[i + 1] & 7;
  encoding.rex2 = first == 0xd5;
  // 8F is POP unless the next byte cannot be its operand.
  encoding.xop = first == 0x8f && i + 1 < instruction.size() && (instruction[i + 1] & 0x38) != 0;
  return encoding;
}

const char* refusal(const Description& instruction, const Encoding& encoding, std::string_view level) {
  const std::string_view name = instruction.name;
  if (encoding.segment_fs_or_gs) return "an access through a segment register";
  if (encoding.odd_order) return "prefixes in an order of their own";
  if (instruction.moves_control && encoding.operand_size) return "a jump with an operand-size prefix";
  if (starts_with_any(name, forbidden_prefixes)) return "an instruction that no guest needs";
  if (instruction.unmodelled) {
    const bool allowed = equals_any(name, harmless) || (starts_with_any(name, harmless_prefixes) && !starts_with_any(name, x87_division));
    if (!allowed) return "an instruction that no guest needs";
  }
  if (above_level(name, encoding, level)) return "an instruction above the target's level";
  return nullptr;
}

}  // namespace ingot::compiler::native
