// SPDX-License-Identifier: Apache-2.0
#include "native/audit_code.hpp"

#include <llvm/Config/llvm-config.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

#include <cstdio>
#include <memory>
#include <unordered_set>
#include <vector>

#include "native/instruction_rules.hpp"

namespace ingot::compiler::native {
namespace {

constexpr const char* triple_text = "x86_64-unknown-linux-gnu";

// From 22 on the registry wants the triple as an object, before that as text.
#if LLVM_VERSION_MAJOR >= 22
using TripleArgument = llvm::Triple;
#else
using TripleArgument = std::string;
#endif

/// LLVM's x86 disassembler and what it needs alive around it. Not copyable; members in the order of their dependence.
class Disassembler final {
 public:
  static std::unique_ptr<Disassembler> create() {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
    std::string error;
    const TripleArgument triple{triple_text};
    const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
    if (target == nullptr) return nullptr;
    return std::unique_ptr<Disassembler>(new Disassembler(*target, triple));
  }
  bool usable() const { return disassembler_ != nullptr && analysis_ != nullptr; }

  /// False when the bytes do not decode.
  bool decode(llvm::MCInst& instruction, std::uint64_t& size, format::ByteView bytes, std::uint64_t address) const {
    const llvm::ArrayRef<std::uint8_t> view(bytes.data(), bytes.size());
    return disassembler_->getInstruction(instruction, size, view, address, llvm::nulls()) == llvm::MCDisassembler::Success;
  }
  const llvm::MCInstrDesc& description(const llvm::MCInst& instruction) const { return instructions_->get(instruction.getOpcode()); }
  std::string_view name(const llvm::MCInst& instruction) const {
    const llvm::StringRef name = instructions_->getName(instruction.getOpcode());
    return {name.data(), name.size()};
  }
  bool direct_target(const llvm::MCInst& instruction, std::uint64_t address, std::uint64_t size, std::uint64_t& target) const {
    return analysis_->evaluateBranch(instruction, address, size, target);
  }
  /// The address that a LEA relative to the instruction pointer gives.
  bool address_taken(const llvm::MCInst& instruction, std::uint64_t address, std::uint64_t size, std::uint64_t& target) const {
    if (!name(instruction).starts_with("LEA64r")) return false;
    const auto place = analysis_->evaluateMemoryOperandAddress(instruction, subtarget_.get(), address, size);
    if (place) target = *place;
    return place.has_value();
  }

 private:
  Disassembler(const llvm::Target& target, const TripleArgument& triple)
      : registers_(target.createMCRegInfo(triple)),
        assembly_(target.createMCAsmInfo(*registers_, triple, options_)),
        instructions_(target.createMCInstrInfo()),
        subtarget_(target.createMCSubtargetInfo(triple, "x86-64", "")),
        context_(llvm::Triple(triple_text), assembly_.get(), registers_.get(), subtarget_.get()),
        disassembler_(target.createMCDisassembler(*subtarget_, context_)),
        analysis_(target.createMCInstrAnalysis(instructions_.get())) {}

  llvm::MCTargetOptions options_;
  std::unique_ptr<llvm::MCRegisterInfo> registers_;
  std::unique_ptr<llvm::MCAsmInfo> assembly_;
  std::unique_ptr<llvm::MCInstrInfo> instructions_;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
  llvm::MCContext context_;
  std::unique_ptr<llvm::MCDisassembler> disassembler_;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis_;
};

Error refuse(const std::string& what, std::uint64_t address) {
  char place[32];
  std::snprintf(place, sizeof place, " at 0x%llx", static_cast<unsigned long long>(address));
  return {ErrorCode::audit, what + place};
}

struct Jump {
  std::uint64_t from;
  std::uint64_t to;
};

/// All that refusal() may look at, in one number.
std::uint32_t bits_of(const Encoding& encoding) {
  const auto& [segment, operand_size, odd_order, evex_map, vex, evex, xop, rex2] = encoding;
  std::uint32_t bits = evex_map;
  for (const bool flag : {segment, operand_size, odd_order, vex, evex, xop, rex2}) bits = bits << 1 | (flag ? 1u : 0u);
  return bits;
}

}  // namespace

Result<void> audit_code(const Text& text, const std::string& level) {
  const auto disassembler = Disassembler::create();
  if (!disassembler || !disassembler->usable()) return Error{ErrorCode::internal, "LLVM has no x86 disassembler"};
  std::vector<bool> begins(text.bytes.size());  // where an instruction that was looked at begins
  std::vector<Jump> jumps;
  std::vector<Jump> taken;
  std::unordered_set<std::uint64_t> allowed;  // what has been asked of refusal(), which decides by opcode and encoding alone
  for (std::uint64_t offset = 0; offset < text.bytes.size();) {
    const std::uint64_t address = text.address + offset;
    llvm::MCInst instruction;
    std::uint64_t size = 0;
    if (!disassembler->decode(instruction, size, text.bytes.subspan(offset), address) || size == 0) {
      return refuse("bytes that are no instruction", address);
    }
    const Encoding encoding = encoding_of(text.bytes.subspan(offset, size));
    if (const std::uint64_t kind = std::uint64_t{instruction.getOpcode()} << 32 | bits_of(encoding); !allowed.contains(kind)) {
      const llvm::MCInstrDesc& known = disassembler->description(instruction);
      const Description description{disassembler->name(instruction), known.hasUnmodeledSideEffects(), known.isBranch() || known.isCall() || known.isReturn()};
      if (const char* why = refusal(description, encoding, level)) {
        return refuse(std::string(why) + " (" + std::string(description.name) + ")", address);
      }
      allowed.insert(kind);
    }
    std::uint64_t target = 0;
    if (disassembler->direct_target(instruction, address, size, target)) jumps.push_back({address, target});
    // An address of code that is computed is one that will be called.
    if (disassembler->address_taken(instruction, address, size, target) && target - text.address < text.bytes.size()) taken.push_back({address, target});
    begins[offset] = true;
    offset += size;
  }
  // A jump between two of them could execute bytes that nobody looked at.
  for (const Jump& jump : jumps) {
    const std::uint64_t offset = jump.to - text.address;
    if (offset >= begins.size()) return refuse("a jump that leaves the text", jump.from);
    if (!begins[offset]) return refuse("a jump into the middle of an instruction", jump.from);
  }
  for (const Jump& one : taken) {
    if (!begins[one.to - text.address]) return refuse("the address of the middle of an instruction", one.from);
  }
  for (const std::uint64_t pointer : text.pointers) {
    const std::uint64_t offset = pointer - text.address;
    if (offset >= begins.size() || !begins[offset]) return refuse("data that points into the middle of an instruction", pointer);
  }
  return {};
}

}  // namespace ingot::compiler::native
