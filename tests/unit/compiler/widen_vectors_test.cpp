// SPDX-License-Identifier: Apache-2.0
// Loops over 128-bit vectors, as they are and widened, side by side on the same memory: every byte, every result and every trap must agree.
// What the loop itself does, compiled without the pass, is the expected value. Addresses overlap, end at the memory's last byte and wrap
// around at 2^32 far more often than in life.
#include "native/backend/widen_vectors.hpp"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>

#include "analyses.hpp"

namespace {

namespace backend = ingot::compiler::native::backend;

constexpr std::uint64_t size_offset = 40, marks_offset = 128, distance = 8192;
constexpr std::uint64_t memory_size = 65536;
constexpr std::uint64_t reach = std::uint64_t{5} << 30;  // no index leads out of what is reserved on both sides

using Guest = std::uint64_t (*)(void* instance, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t n);

/// An instance with its memory behind it; everything else around it cannot be touched.
class Machine {
 public:
  Machine() {
    void* reserved = mmap(nullptr, 2 * reach, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(reserved, MAP_FAILED);
    map_ = static_cast<unsigned char*>(reserved) + reach;
    EXPECT_EQ(mprotect(map_, distance + memory_size, PROT_READ | PROT_WRITE), 0);
    std::memcpy(map_ + size_offset, &memory_size, 8);
  }
  ~Machine() { munmap(map_ - reach, 2 * reach); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  unsigned char* memory() { return map_ + distance; }
  unsigned char& mark(unsigned place) { return map_[marks_offset + place]; }

  struct Outcome {
    bool trapped = false;
    std::uint64_t result = 0;
    std::vector<unsigned char> memory;
    bool operator==(const Outcome&) const = default;
  };
  Outcome run(Guest guest, const std::vector<unsigned char>& start, std::array<std::uint32_t, 4> values);

 private:
  unsigned char* map_ = nullptr;
};

sigjmp_buf trap_road;
void on_fault(int) { siglongjmp(trap_road, 1); }

// What is compiled here has no type in front of it for the undefined behaviour sanitizer to look at.
#ifdef __clang__
__attribute__((no_sanitize("function")))
#endif
Machine::Outcome
Machine::run(Guest guest, const std::vector<unsigned char>& start, std::array<std::uint32_t, 4> values) {
  std::memcpy(memory(), start.data(), memory_size);
  mark(0) = mark(1) = 0;
  struct sigaction action {}, old {};
  action.sa_handler = on_fault;
  sigaction(SIGSEGV, &action, &old);
  Outcome outcome;
  if (sigsetjmp(trap_road, 1) == 0) {
    outcome.result = guest(map_, values[0], values[1], values[2], values[3]);
  } else {
    outcome.trapped = true;
  }
  sigaction(SIGSEGV, &old, nullptr);
  outcome.memory.assign(memory(), memory() + memory_size);
  return outcome;
}

/// One guest function, compiled with and without the pass. A mark says that the widened loop was entered (0), or what it leaves (1).
class Twins {
  std::vector<std::unique_ptr<llvm::orc::LLJIT>> engines_;  // before what lives in them

 public:
  explicit Twins(const std::string& text) : plain(compile(text, false)), wide(compile(text, true)) {}
  bool widened = false;
  Guest plain, wide;

 private:
  Guest compile(const std::string& text, bool widen) {
    auto context = std::make_unique<llvm::LLVMContext>();
    llvm::SMDiagnostic problem;
    auto module = llvm::parseAssemblyString(text, problem, *context);
    if (module == nullptr) {
      ADD_FAILURE() << problem.getMessage().str() << " in line " << problem.getLineNo() << " of\n" << text;
      return nullptr;
    }
    ingot::test::Analyses analyses;
    llvm::Function& function = *module->getFunction("w2c_m_f");
    if (widen) {
      backend::WidenVectorsPass({.distance = distance, .size_offset = size_offset}).run(function, analyses.functions);
      for (llvm::BasicBlock& block : function) {
        const bool begins = block.getName() == "wide", rest = block.getName() == "rest";
        if (!begins && !rest) continue;
        widened = true;
        llvm::IRBuilder<> marker(block.getTerminator());
        llvm::Value* place = marker.CreateConstGEP1_64(marker.getInt8Ty(), function.getArg(0), marks_offset + (rest ? 1 : 0));
        marker.CreateStore(marker.getInt8(1), place);
      }
    }
    std::string complaint;
    llvm::raw_string_ostream stream(complaint);
    if (llvm::verifyModule(*module, &stream)) {
      ADD_FAILURE() << complaint << "\n" << text;
      return nullptr;
    }
    auto engine = llvm::orc::LLJITBuilder().create();
    if (!engine) {
      ADD_FAILURE() << llvm::toString(engine.takeError());
      return nullptr;
    }
    module->setDataLayout((*engine)->getDataLayout());
    llvm::cantFail((*engine)->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
    auto address = (*engine)->lookup("w2c_m_f");
    if (!address) {
      ADD_FAILURE() << llvm::toString(address.takeError());
      return nullptr;
    }
    engines_.push_back(std::move(*engine));
    return address->toPtr<Guest>();
  }

};

// ---- loops as text ----

/// A body of a loop: what it computes from the 32-bit addresses %a, %b and %c of its iteration.
struct Body {
  std::string phis, code;
  std::string carried;  ///< the value, if any, whose lanes are added up behind the loop
  unsigned stride = 16;
};

enum class Index { plain32, counted_up_to_zero, long64 };

const char* const declarations = R"(
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
declare <2 x double> @llvm.experimental.constrained.fadd.v2f64(<2 x double>, <2 x double>, metadata, metadata)
declare <2 x double> @llvm.experimental.constrained.fmul.v2f64(<2 x double>, <2 x double>, metadata, metadata)
declare <4 x float> @llvm.experimental.constrained.fsub.v4f32(<4 x float>, <4 x float>, metadata, metadata)
declare <4 x float> @llvm.experimental.constrained.fdiv.v4f32(<4 x float>, <4 x float>, metadata, metadata)
declare <2 x double> @llvm.experimental.constrained.sqrt.v2f64(<2 x double>, metadata, metadata)
declare <4 x float> @llvm.experimental.constrained.sitofp.v4f32.v4i32(<4 x i32>, metadata, metadata)
declare <2 x i1> @llvm.experimental.constrained.fcmp.v2f64(<2 x double>, <2 x double>, metadata, metadata)
declare <8 x i16> @llvm.smax.v8i16(<8 x i16>, <8 x i16>)
declare <4 x i32> @llvm.umin.v4i32(<4 x i32>, <4 x i32>)
declare <16 x i8> @llvm.uadd.sat.v16i8(<16 x i8>, <16 x i8>)
declare <4 x i32> @llvm.abs.v4i32(<4 x i32>, i1)
declare <16 x i8> @llvm.ctpop.v16i8(<16 x i8>)
declare <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8>, <16 x i8>)
declare <16 x i8> @llvm.x86.sse2.packsswb.128(<8 x i16>, <8 x i16>)
declare <8 x i16> @llvm.x86.sse41.packusdw(<4 x i32>, <4 x i32>)
declare <4 x i32> @llvm.x86.sse2.pmadd.wd(<8 x i16>, <8 x i16>)
declare <8 x i16> @llvm.x86.sse2.packssdw.128(<4 x i32>, <4 x i32>)
declare <16 x i8> @llvm.x86.sse2.packuswb.128(<8 x i16>, <8 x i16>)
declare <8 x i16> @llvm.x86.ssse3.pmadd.ub.sw.128(<16 x i8>, <16 x i8>)
declare <8 x i16> @llvm.x86.ssse3.pmul.hr.sw.128(<8 x i16>, <8 x i16>)
declare <2 x i64> @llvm.x86.sse2.psad.bw(<16 x i8>, <16 x i8>)
declare <2 x double> @llvm.x86.sse2.min.pd(<2 x double>, <2 x double>)
declare <2 x double> @llvm.x86.sse2.max.pd(<2 x double>, <2 x double>)
declare <4 x float> @llvm.x86.sse.min.ps(<4 x float>, <4 x float>)
declare <4 x float> @llvm.x86.sse.max.ps(<4 x float>, <4 x float>)
declare <16 x i8> @llvm.x86.sse41.pblendvb(<16 x i8>, <16 x i8>, <16 x i8>)
declare <2 x double> @llvm.x86.sse41.blendvpd(<2 x double>, <2 x double>, <2 x double>)
declare <4 x float> @llvm.x86.sse41.blendvps(<4 x float>, <4 x float>, <4 x float>)
declare <2 x double> @llvm.x86.sse41.round.pd(<2 x double>, i32)
declare <4 x float> @llvm.x86.sse41.round.ps(<4 x float>, i32)
attributes #0 = { nounwind null_pointer_is_valid strictfp "target-cpu"="x86-64-v3" }
attributes #1 = { strictfp }
)";

std::string function_of(const Body& body, Index index) {
  const std::string stride = std::to_string(body.stride), shift = body.stride == 16 ? "4" : body.stride == 32 ? "5" : "6";
  std::string text = declarations;
  text += "define i64 @w2c_m_f(ptr %instance, i32 %a0, i32 %b0, i32 %c0, i32 %n) #0 {\n"
          "  %memory = getelementptr inbounds i8, ptr %instance, i64 8192\n"
          "  %k = shl i32 %n, 20\n  %k1 = insertelement <4 x i32> poison, i32 %k, i64 0\n"
          "  %k4 = shufflevector <4 x i32> %k1, <4 x i32> poison, <4 x i32> zeroinitializer\n  %inv = bitcast <4 x i32> %k4 to <2 x i64>\n"
          "  %length = shl i32 %n, " + shift + "\n  %length64 = zext i32 %length to i64\n"
          "  %a64 = zext i32 %a0 to i64\n  %b64 = zext i32 %b0 to i64\n  %c64 = zext i32 %c0 to i64\n"
          "  %ae = add i32 %a0, %length\n  %be = add i32 %b0, %length\n  %ce = add i32 %c0, %length\n"
          "  %back = sub i32 0, %length\n  %back64 = zext i32 %back to i64\n"
          "  %none = icmp eq i32 %n, 0\n  br i1 %none, label %exit, label %ready\nready:\n  br label %loop\nloop:\n";
  switch (index) {
    case Index::plain32:
      text += "  %i = phi i32 [ 0, %ready ], [ %i.next, %loop ]\n" + body.phis +
              "  %a = add i32 %a0, %i\n  %b = add i32 %b0, %i\n  %c = add i32 %c0, %i\n" + body.code +
              "  %i.next = add i32 %i, " + stride + "\n  %end = icmp eq i32 %i.next, %length\n";
      break;
    case Index::counted_up_to_zero:
      text += "  %i = phi i64 [ %back64, %ready ], [ %i.next, %loop ]\n" + body.phis + "  %i32 = trunc i64 %i to i32\n"
              "  %a = add i32 %ae, %i32\n  %b = add i32 %be, %i32\n  %c = add i32 %ce, %i32\n" + body.code +
              "  %i.next = add nuw nsw i64 %i, " + stride + "\n  %low = and i64 %i.next, " + std::to_string(0x100000000ull - body.stride) +
              "\n  %end = icmp eq i64 %low, 0\n";
      break;
    case Index::long64:
      // Only the bodies' additions are of 32 bits here.
      text += "  %i = phi i64 [ 0, %ready ], [ %i.next, %loop ]\n" + body.phis + "  %i32 = trunc i64 %i to i32\n"
              "  %a = add i32 %a0, %i32\n  %b = add i32 %i32, %b0\n  %c = add i32 %c0, %i32\n" + body.code +
              "  %i.next = add nuw nsw i64 %i, " + stride + "\n  %end = icmp eq i64 %i.next, %length64\n";
      break;
  }
  text += "  br i1 %end, label %done, label %loop\ndone:\n";
  if (body.carried.empty()) {
    text += "  br label %exit\nexit:\n  ret i64 0\n}\n";
  } else {
    text += "  %x0 = extractelement <2 x i64> " + body.carried + ", i64 0\n  %x1 = extractelement <2 x i64> " + body.carried +
            ", i64 1\n  %xr = mul i64 %x1, 31\n  %sum = add i64 %x0, %xr\n  br label %exit\nexit:\n"
            "  %result = phi i64 [ 0, %0 ], [ %sum, %done ]\n  ret i64 %result\n}\n";
  }
  return text;
}

/// Writes straight-line code over values of <2 x i64>.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}
  std::string code;

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string fresh() { return "%v" + std::to_string(next_++); }

  std::string address(const std::string& base, unsigned offset, bool in_index) {
    const std::string index = fresh(), wide = fresh(), at = fresh(), pointer = fresh();
    code += "  " + index + " = add i32 " + base + ", " + std::to_string(in_index ? offset : 0) + "\n  " + wide + " = zext i32 " + index +
            " to i64\n  " + at + " = getelementptr inbounds nuw i8, ptr %memory, i64 " + wide + "\n  " + pointer +
            " = getelementptr inbounds nuw i8, ptr " + at + ", i64 " + std::to_string(in_index ? 0 : offset) + "\n";
    return pointer;
  }
  std::string load(const std::string& base, unsigned offset, bool in_index = true) {
    const std::string pointer = address(base, offset, in_index), value = fresh();
    code += "  " + value + " = load <2 x i64>, ptr " + pointer + ", align 1\n  call void asm sideeffect \"\", \"x\"(<2 x i64> " + value + ") #1\n";
    return value;
  }
  void store(const std::string& value, const std::string& base, unsigned offset, bool in_index = true) {
    const std::string pointer = address(base, offset, in_index);
    code += "  store <2 x i64> " + value + ", ptr " + pointer + ", align 1\n";
  }
  std::string as(const std::string& type, const std::string& value) {
    const std::string result = fresh();
    code += "  " + result + " = bitcast <2 x i64> " + value + " to " + type + "\n";
    return result;
  }
  std::string back(const std::string& type, const std::string& value) {
    const std::string result = fresh();
    code += "  " + result + " = bitcast " + type + " " + value + " to <2 x i64>\n";
    return result;
  }
  std::string set(const std::string& text) {
    const std::string result = fresh();
    code += "  " + result + " = " + text + "\n";
    return result;
  }
  /// Neither NaN nor infinite: which of two NaNs an operation returns is not for this test to say.
  std::string finite(const std::string& type, const std::string& value) {
    const char* mask = type == "<2 x double>" ? "splat (i64 -4611686018427387905)" : "splat (i64 -4611686019501129729)";
    return as(type, set("and <2 x i64> " + value + ", " + mask));
  }
  std::string shuffle(unsigned lanes, unsigned bits, const std::string& x, const std::string& y) {
    const std::string type = "<" + std::to_string(lanes) + " x i" + std::to_string(bits) + ">";
    std::string mask;
    for (unsigned i = 0; i < lanes; ++i) mask += (i == 0 ? "i32 " : ", i32 ") + std::to_string(below(2 * lanes));
    const std::string p = as(type, x), q = as(type, y);
    return back(type, set("shufflevector " + type + " " + p + ", " + type + " " + q + ", <" + std::to_string(lanes) + " x i32> <" + mask + ">"));
  }
  std::string binary(const std::string& operation, const std::string& type, const std::string& x, const std::string& y) {
    const std::string p = as(type, x), q = as(type, y);
    return back(type, set(operation + " " + type + " " + p + ", " + q));
  }
  std::string call(const std::string& name, const std::string& type, const std::string& result, const std::string& x, const std::string& y) {
    const std::string p = as(type, x), q = as(type, y);
    return back(result, set("call " + result + " @llvm." + name + "(" + type + " " + p + ", " + type + " " + q + ")"));
  }
  std::string real(const std::string& name, const std::string& type, const std::string& x, const std::string& y) {
    const std::string p = as(type, x), q = finite(type, y);
    return back(type, set("call " + type + " @llvm.experimental.constrained." + name + "(" + type + " " + p + ", " + type + " " + q +
                          ", metadata !\"round.dynamic\", metadata !\"fpexcept.ignore\") #1"));
  }
  std::string operation(unsigned which, const std::string& x, const std::string& y);
  static constexpr unsigned operations = 27, all_operations = 41;
  std::string blend(const std::string& name, const std::string& type, const std::string& x, const std::string& y) {
    const std::string p = as(type, x), q = as(type, y);
    return back(type, set("call " + type + " @llvm.x86.sse41." + name + "(" + type + " " + p + ", " + type + " " + q + ", " + type + " " + q + ")"));
  }
  std::string rounded(const std::string& name, const std::string& type, const std::string& x) {
    return back(type, set("call " + type + " @llvm.x86.sse41.round." + name + "(" + type + " " + finite(type, x) + ", i32 9)"));
  }

 private:
  std::mt19937 random_;
  unsigned next_ = 0;
};

std::string Writer::operation(unsigned which, const std::string& x, const std::string& y) {
  switch (which) {
    case 0: return binary("add", "<16 x i8>", x, y);
    case 1: return binary("sub", "<8 x i16>", x, y);
    case 2: return binary("mul", "<4 x i32>", x, y);
    case 3: return binary("add", "<2 x i64>", x, y);
    case 4: return binary("xor", "<2 x i64>", x, y);
    case 5: return binary("and", "<4 x i32>", x, y);
    case 6: return real("fadd.v2f64", "<2 x double>", x, y);
    case 7: return real("fmul.v2f64", "<2 x double>", x, y);
    case 8: return real("fsub.v4f32", "<4 x float>", x, y);
    case 9: return real("fdiv.v4f32", "<4 x float>", x, y);
    case 10: return call("smax.v8i16", "<8 x i16>", "<8 x i16>", x, y);
    case 11: return call("uadd.sat.v16i8", "<16 x i8>", "<16 x i8>", x, y);
    case 12: return call("umin.v4i32", "<4 x i32>", "<4 x i32>", x, y);
    case 13: return call("x86.ssse3.pshuf.b.128", "<16 x i8>", "<16 x i8>", x, y);
    case 14: return call("x86.sse2.packsswb.128", "<8 x i16>", "<16 x i8>", x, y);
    case 15: return call("x86.sse41.packusdw", "<4 x i32>", "<8 x i16>", x, y);
    case 16: return call("x86.sse2.pmadd.wd", "<8 x i16>", "<4 x i32>", x, y);
    case 17: return shuffle(16, 8, x, y);
    case 18: return shuffle(4, 32, x, y);
    case 19: return shuffle(2, 64, x, y);
    case 20: {
      const std::string p = as("<4 x i32>", x), q = as("<4 x i32>", y);
      const std::string less = set("icmp slt <4 x i32> " + p + ", " + q);
      return back("<4 x i32>", set("select <4 x i1> " + less + ", <4 x i32> " + p + ", <4 x i32> splat (i32 7)"));
    }
    case 21: {
      const std::string p = as("<2 x double>", x), q = as("<2 x double>", y);
      const std::string less = set("call <2 x i1> @llvm.experimental.constrained.fcmp.v2f64(<2 x double> " + p + ", <2 x double> " + q +
                                   ", metadata !\"olt\", metadata !\"fpexcept.ignore\") #1");
      return set("select <2 x i1> " + less + ", <2 x i64> " + x + ", <2 x i64> " + y);
    }
    case 22: return back("<4 x i32>", set("lshr <4 x i32> " + as("<4 x i32>", x) + ", splat (i32 3)"));
    case 23: {
      const std::string p = as("<16 x i8>", x);
      const std::string low = set("shufflevector <16 x i8> " + p + ", <16 x i8> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>");
      return back("<8 x i16>", set("sext <8 x i8> " + low + " to <8 x i16>"));
    }
    case 24: {
      const std::string p = as("<4 x i32>", x);
      return back("<4 x float>", set("call <4 x float> @llvm.experimental.constrained.sitofp.v4f32.v4i32(<4 x i32> " + p +
                                     ", metadata !\"round.dynamic\", metadata !\"fpexcept.ignore\") #1"));
    }
    case 25: {
      const std::string p = finite("<2 x double>", x);
      return back("<2 x double>", set("call <2 x double> @llvm.experimental.constrained.sqrt.v2f64(<2 x double> " + p +
                                      ", metadata !\"round.dynamic\", metadata !\"fpexcept.ignore\") #1"));
    }
    case 27: return call("x86.sse2.packssdw.128", "<4 x i32>", "<8 x i16>", x, y);
    case 28: return call("x86.sse2.packuswb.128", "<8 x i16>", "<16 x i8>", x, y);
    case 29: return call("x86.ssse3.pmadd.ub.sw.128", "<16 x i8>", "<8 x i16>", x, y);
    case 30: return call("x86.ssse3.pmul.hr.sw.128", "<8 x i16>", "<8 x i16>", x, y);
    case 31: return call("x86.sse2.psad.bw", "<16 x i8>", "<2 x i64>", x, y);
    case 32: return call("x86.sse2.min.pd", "<2 x double>", "<2 x double>", x, y);
    case 33: return call("x86.sse2.max.pd", "<2 x double>", "<2 x double>", x, y);
    case 34: return call("x86.sse.min.ps", "<4 x float>", "<4 x float>", x, y);
    case 35: return call("x86.sse.max.ps", "<4 x float>", "<4 x float>", x, y);
    case 36: return blend("pblendvb", "<16 x i8>", x, y);
    case 37: return blend("blendvpd", "<2 x double>", x, y);
    case 38: return blend("blendvps", "<4 x float>", x, y);
    case 39: return rounded("pd", "<2 x double>", x);
    case 40: return rounded("ps", "<4 x float>", x);
    default: return back("<16 x i8>", set("call <16 x i8> @llvm.ctpop.v16i8(<16 x i8> " + as("<16 x i8>", x) + ")"));
  }
}

std::vector<unsigned char> random_memory(std::mt19937& random) {
  std::vector<unsigned char> memory(memory_size);
  for (auto& byte : memory) byte = static_cast<unsigned char>(random());
  return memory;
}

class WidenVectors : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  }
  void SetUp() override {
    if (__builtin_cpu_supports("avx2") == 0) GTEST_SKIP() << "this processor has no AVX2";
  }

  void compare(Twins& twins, std::array<std::uint32_t, 4> values, const std::string& what) {
    ASSERT_NE(twins.plain, nullptr);
    ASSERT_NE(twins.wide, nullptr);
    const auto expected = machine_.run(twins.plain, memory_, values);
    const auto actual = machine_.run(twins.wide, memory_, values);
    ++runs_;
    wide_runs_ += machine_.mark(0);
    traps_ += expected.trapped ? 1 : 0;
    if (expected == actual) return;
    std::size_t at = 0;
    while (at < memory_size && expected.memory[at] == actual.memory[at]) ++at;
    FAIL() << what << "\na " << values[0] << " b " << values[1] << " c " << values[2] << " n " << values[3] << ": trapped "
           << expected.trapped << actual.trapped << ", results " << expected.result << " and " << actual.result
           << ", first difference at " << at;
  }

  /// All distances, all lengths, both ends of the memory and of the index.
  void everywhere(Twins& twins, unsigned stride, const std::string& what) {
    for (std::uint32_t n = 0; n <= 67; ++n) {
      ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 16384, 32768, n}, what));
      const auto length = static_cast<std::uint32_t>(n * stride);
      for (const int shift : {-1, 0, 1}) {
        const auto end = static_cast<std::uint32_t>(memory_size - length + static_cast<std::uint32_t>(shift));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {end, 16384, 32768, n}, what));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 16384, end, n}, what));
        const auto wrap = static_cast<std::uint32_t>(0 - length + static_cast<std::uint32_t>(shift));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {wrap, 16384, 32768, n}, what));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 16384, wrap, n}, what));
      }
    }
    // More than there is memory for.
    const auto whole = static_cast<std::uint32_t>(memory_size / stride);
    for (const std::uint32_t n : {whole - 1, whole, whole + 1, whole + 9, 2 * whole}) {
      ASSERT_NO_FATAL_FAILURE(compare(twins, {0, 16384, 32768, n}, what));
      ASSERT_NO_FATAL_FAILURE(compare(twins, {8, 8, 8, n}, what));
    }
    for (int apart = -64 - static_cast<int>(stride); apart <= 64 + static_cast<int>(stride); ++apart) {
      const auto a = static_cast<std::uint32_t>(20000 + apart);
      for (const std::uint32_t n : {1u, 5u, 16u, 67u}) {
        ASSERT_NO_FATAL_FAILURE(compare(twins, {a, 40000, 20000, n}, what));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {40000, a, 20000, n}, what));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {a - 4088, 40000, 20000, n}, what));  // the stencil's least row
        // The ranges' ends against each other's.
        ASSERT_NO_FATAL_FAILURE(compare(twins, {a + n * stride, 40000, 20000, n}, what));
      }
    }
  }

  std::mt19937 random_{20};
  std::vector<unsigned char> memory_ = random_memory(random_);
  Machine machine_;
  unsigned runs_ = 0, wide_runs_ = 0, traps_ = 0;
};

/// c[i] += k * b[i], with the body once or, as compilers unroll it, twice.
Body axpy(bool twice) {
  Writer w(1);
  for (unsigned offset = 0; offset <= (twice ? 16u : 0u); offset += 16) {
    const std::string c = w.load("%c", offset), b = w.load("%b", offset);
    w.store(w.real("fadd.v2f64", "<2 x double>", c, w.real("fmul.v2f64", "<2 x double>", "%inv", b)), "%c", offset);
  }
  return {"", w.code, "", twice ? 32u : 16u};
}

/// Five points, one of them carried from the iteration before.
Body stencil() {
  Writer w(1);
  const std::string next = w.load("%a", 8192);
  const std::string p = w.as("<16 x i8>", "%before"), q = w.as("<16 x i8>", next);
  const std::string middle = w.back("<16 x i8>", w.set("shufflevector <16 x i8> " + p + ", <16 x i8> " + q +
      ", <16 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23>"));
  std::string sum = w.real("fadd.v2f64", "<2 x double>", middle, w.load("%a", 8176));
  sum = w.real("fadd.v2f64", "<2 x double>", sum, next);
  sum = w.real("fadd.v2f64", "<2 x double>", sum, w.load("%a", 4088));
  sum = w.real("fadd.v2f64", "<2 x double>", sum, w.load("%a", 12280, false));
  w.store(sum, "%c", 0);
  return {"  %before = phi <2 x i64> [ %inv, %ready ], [ " + next + ", %loop ]\n", w.code, next, 16};
}

Body sum(const std::string& operation, const std::string& type) {
  Writer w(1);
  const std::string next = w.binary(operation, type, "%before", w.binary("add", "<4 x i32>", w.load("%a", 0), "%inv"));
  return {"  %before = phi <2 x i64> [ %inv, %ready ], [ " + next + ", %loop ]\n", w.code, next, 16};
}

Body fill() {
  Writer w(1);
  w.store("%inv", "%c", 0);
  return {"", w.code, "", 16};
}

/// Two rows change places.
Body swap() {
  Writer w(1);
  const std::string a = w.load("%a", 0), c = w.load("%c", 0);
  w.store(c, "%a", 0);
  w.store(a, "%c", 0);
  return {"", w.code, "", 16};
}

/// Two sums of reals, one for each half: the widened loop keeps their order.
Body two_sums() {
  Writer w(1);
  const std::string first = w.real("fadd.v2f64", "<2 x double>", "%s0", w.load("%a", 0));
  const std::string second = w.real("fadd.v2f64", "<2 x double>", "%s1", w.load("%a", 16));
  const std::string both = w.binary("xor", "<2 x i64>", first, second);
  return {"  %s0 = phi <2 x i64> [ %inv, %ready ], [ " + first + ", %loop ]\n  %s1 = phi <2 x i64> [ zeroinitializer, %ready ], [ " + second +
              ", %loop ]\n",
          w.code, both, 32};
}

/// Bytes become words: what is read advances half as fast as what is written, and its first half is read last.
Body extension() {
  Writer w(1);
  std::string both;
  for (const unsigned offset : {8u, 0u}) {
    const std::string pointer = w.address("%half", offset, true);
    const std::string bytes = w.set("load <8 x i8>, ptr " + pointer + ", align 1");
    const std::string words = w.back("<8 x i16>", w.set("sext <8 x i8> " + bytes + " to <8 x i16>"));
    both = both.empty() ? words : w.binary("sub", "<8 x i16>", both, words);
  }
  w.store(both, "%c", 0);
  w.code += "  %half.next = add i32 %half, 8\n";
  return {"  %half = phi i32 [ %a0, %ready ], [ %half.next, %loop ]\n", w.code, "", 16};
}

/// One address is read in every iteration.
Body broadcast() {
  Writer w(1);
  w.store(w.binary("add", "<4 x i32>", w.load("%b0", 0), w.load("%a", 0)), "%c", 0);
  return {"", w.code, "", 16};
}

/// Indices far behind the memory's end whose pointers are inside it, until the index wraps.
Body far(unsigned offset) {
  Writer w(1);
  const auto pointer = [&w](const std::string& base, unsigned ahead) {
    const std::string at = w.address(base, ahead, true);
    return w.set("getelementptr i8, ptr " + at + ", i64 -4294934528");  // 2^32 - 32768
  };
  const std::string last = pointer("%c", offset);
  const std::string loaded = w.binary("add", "<2 x i64>", w.set("load <2 x i64>, ptr " + last + ", align 1"), "%inv");
  const std::string first = pointer("%c", 0);
  w.code += "  store <2 x i64> " + loaded + ", ptr " + first + ", align 1\n";
  return {"", w.code, "", 16};
}

struct Named {
  const char* name;
  Body body;
};

TEST_F(WidenVectors, LoopsOfLifeAreWidenedAndAgree) {
  const std::vector<Named> all{{"axpy", axpy(false)}, {"axpy, unrolled", axpy(true)}, {"stencil", stencil()},
                               {"sum of bytes", sum("add", "<16 x i8>")}, {"xor", sum("xor", "<2 x i64>")}, {"and", sum("and", "<4 x i32>")},
                               {"or", sum("or", "<4 x i32>")}, {"fill", fill()}, {"swap", swap()}, {"two sums", two_sums()}, {"extension", extension()}, {"broadcast", broadcast()}};
  for (const Named& named : all) {
    for (const Index index : {Index::plain32, Index::counted_up_to_zero, Index::long64}) {
      Twins twins(function_of(named.body, index));
      memory_ = random_memory(random_);
      if (named.name == std::string("and")) {
        for (auto& byte : memory_) byte |= static_cast<unsigned char>(random_() | random_() | random_() | random_());
      }
      EXPECT_TRUE(twins.widened) << named.name << " " << static_cast<int>(index);
      // Far apart and in the middle: the widened loop runs, and does everything if the count allows it and all that is asked for is known.
      ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 24576, 49152, 64}, named.name));
      EXPECT_EQ(machine_.mark(0), 1) << named.name << " " << static_cast<int>(index);
      if (named.name != std::string("two sums")) {
        EXPECT_EQ(machine_.mark(1), 0) << named.name;
      }
      ASSERT_NO_FATAL_FAILURE(everywhere(twins, named.body.stride, named.name));
    }
  }
  EXPECT_GT(traps_, 1000u);
  EXPECT_GT(wide_runs_, 10000u);
  EXPECT_GT(runs_ - wide_runs_, 10000u);
}

TEST_F(WidenVectors, IndicesThatWrapInsideTheMemory) {
  for (const unsigned offset : {0u, 48u}) {
    Twins twins(function_of(far(offset), Index::plain32));
    EXPECT_TRUE(twins.widened);
    for (int end = -64; end <= 64; ++end) {
      for (const std::uint32_t n : {8u, 9u, 16u, 40u}) {
        // The last iteration's index ends `end` bytes behind 2^32.
        ASSERT_NO_FATAL_FAILURE(compare(twins, {0, 0, static_cast<std::uint32_t>(end) - n * 16, n}, "far"));
      }
    }
    EXPECT_GT(wide_runs_, 80u);
    EXPECT_GT(traps_, 80u);
    wide_runs_ = traps_ = 0;
  }
}

TEST_F(WidenVectors, EveryOperation) {
  for (unsigned which = 0; which < Writer::all_operations; ++which) {
    Writer w(which);
    w.store(w.operation(which, w.load("%a", 0), w.load("%b", 0)), "%c", 0);
    const Body body{"", w.code, "", 16};
    Twins twins(function_of(body, Index::plain32));
    EXPECT_TRUE(twins.widened) << which;
    for (const std::uint32_t n : {4u, 8u, 64u, 67u}) ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 24576, 49152, n}, w.code));
    EXPECT_EQ(machine_.mark(0), 1) << which;
  }
}

TEST_F(WidenVectors, SumsOfRealsKeepTheirOrder) {
  Writer w(1);
  const std::string next = w.real("fadd.v2f64", "<2 x double>", "%before", w.load("%a", 0));
  const Body body{"  %before = phi <2 x i64> [ %inv, %ready ], [ " + next + ", %loop ]\n", w.code, next, 16};
  EXPECT_FALSE(Twins(function_of(body, Index::plain32)).widened);
}

TEST_F(WidenVectors, ADependenceThroughMemoryStays) {
  Writer w(1);  // each iteration reads what the one before wrote
  w.store(w.binary("add", "<2 x i64>", w.load("%c", 0), "%inv"), "%c", 16);
  EXPECT_FALSE(Twins(function_of({"", w.code, "", 16}, Index::plain32)).widened);
}

TEST_F(WidenVectors, OtherMemoryStays) {
  Body body = axpy(false);
  const std::string memory = "ptr %memory";
  body.code.replace(body.code.find(memory), memory.size(), "ptr null");
  EXPECT_FALSE(Twins(function_of(body, Index::plain32)).widened);
}

/// Bodies at random: loads and stores at any offset, operations on all types of lanes, values carried and summed up.
TEST_F(WidenVectors, RandomLoopsAgree) {
  unsigned widened = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Writer w(seed);
    const unsigned copies = 1 + w.below(3) / 2;
    const bool carried = w.below(3) == 0, summed = w.below(3) == 0 && copies == 1, in_place = w.below(4) == 0;
    std::vector<unsigned> choices, offsets;
    for (unsigned i = 0; i < 8; ++i) choices.push_back(w.below(Writer::operations));
    for (unsigned i = 0; i < 4; ++i) offsets.push_back(w.below(3) == 0 ? w.below(64) : w.below(4) * 16);
    const unsigned other = w.below(4) == 0 ? w.below(3) * 12 : 16;  // where the second copy reads
    const unsigned length = 1 + w.below(6), second_store = w.below(4);
    const bool index_offsets = w.below(2) == 0;
    std::string before = "%before", last;
    std::vector<std::string> sums{"%sum.before"};
    for (unsigned copy = 0; copy < copies; ++copy) {
      const std::string a = w.load("%a", offsets[0] + other * copy, index_offsets);
      std::vector<std::string> values{a, w.load(in_place ? "%c" : "%b", offsets[1] + 16 * copy), "%inv"};
      if (carried) values.push_back(before);
      for (unsigned i = 0; i < length; ++i) {
        const unsigned x = choices[i] % values.size(), y = (choices[i] / 3 + i) % values.size();
        values.push_back(w.operation(choices[i], values[i < 2 ? values.size() - 1 : x], values[y]));
      }
      w.store(values.back(), "%c", offsets[2] + 16 * copy, index_offsets);
      if (second_store == 0) w.store(a, "%b", offsets[3] + 16 * copy);
      if (summed) sums.push_back(w.binary("add", "<4 x i32>", sums.back(), values.back()));
      before = last = a;
    }
    std::string phis;
    if (carried) phis += "  %before = phi <2 x i64> [ %inv, %ready ], [ " + before + ", %loop ]\n";
    if (summed) phis += "  %sum.before = phi <2 x i64> [ %inv, %ready ], [ " + sums.back() + ", %loop ]\n";
    const Body body{phis, w.code, summed ? sums.back() : carried ? before : "", 16 * copies};
    const std::string text = function_of(body, static_cast<Index>(w.below(3)));
    Twins twins(text);
    widened += twins.widened ? 1 : 0;
    for (unsigned run = 0; run < 60; ++run) {
      std::array<std::uint32_t, 4> values{4096, 24576, 49152, w.below(68)};
      const std::uint32_t bytes = values[3] * body.stride;
      for (unsigned i = 0; i < 3; ++i) {
        switch (w.below(5)) {
          case 0: values[i] = values[(i + 1) % 3] + w.below(129) - 64; break;
          case 1: values[i] = values[(i + 1) % 3] + bytes + w.below(65) - 32; break;
          case 2: values[i] = static_cast<std::uint32_t>(memory_size) - bytes - w.below(80) + w.below(20); break;
          default: values[i] = w.below(60000); break;
        }
      }
      if (w.below(12) == 0) values[w.below(3)] = 0 - bytes + w.below(33) - 16;
      ASSERT_NO_FATAL_FAILURE(compare(twins, values, text));
    }
  }
  EXPECT_GT(widened, 200u);
  EXPECT_GT(wide_runs_, 2000u);
  EXPECT_GT(traps_, 500u);
  RecordProperty("widened", static_cast<int>(widened));
}

}  // namespace
