// SPDX-License-Identifier: Apache-2.0
// Loops that only carry bytes, as they are and with what the pass puts before them, side by side on the same memories: every byte of linear memory and of the window, every
// result and every trap must agree. What the loop itself does, compiled without the pass, is the expected value.
#include "native/backend/copy_loops.hpp"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>

#include "analyses.hpp"

namespace {

namespace backend = ingot::compiler::native::backend;

constexpr std::uint64_t size_offset = 40, distance = 8192;
constexpr std::uint32_t memory_size = 4096 * 4, window_size = 1021;
constexpr std::uint64_t reach = std::uint64_t{5} << 30;  // no index leads out of what is reserved on both sides

using Guest = std::uint64_t (*)(void* instance, std::uint32_t to, std::uint32_t from, std::uint32_t n, std::uint64_t place);

// ---- the host's side: a window of an odd number of bytes, as lower/shared_memory lays down how it is read and written ----

struct Window {
  std::array<std::uint8_t, window_size> bytes{};
  unsigned carried = 0;  ///< calls that carried something at once
};
Window window;
constexpr std::uint64_t usual_first = 64, first_below_2_32 = (std::uint64_t{1} << 32) - 500;
std::uint64_t window_first = usual_first;

bool holds(std::uint64_t offset, std::uint64_t bytes) { return offset - window_first < window_size && window_size - (offset - window_first) >= bytes; }
std::uint32_t load_u8(void*, std::uint64_t offset) { return holds(offset, 1) ? window.bytes[offset - window_first] : 0; }
std::uint64_t load_u64(void*, std::uint64_t offset) {
  std::uint64_t value = 0;
  if (holds(offset, 8)) std::memcpy(&value, &window.bytes[offset - window_first], 8);
  return value;
}
void store_u8(void*, std::uint64_t offset, std::uint32_t value) {
  if (holds(offset, 1)) window.bytes[offset - window_first] = static_cast<std::uint8_t>(value);
}
void store_u64(void*, std::uint64_t offset, std::uint64_t value) {
  if (holds(offset, 8)) std::memcpy(&window.bytes[offset - window_first], &value, 8);
}
template <std::size_t word, bool stores>
std::uint64_t carry(void*, std::uint64_t offset, std::uint8_t* guest, std::uint64_t words) {
  if (!holds(offset, 1)) return 0;
  words = std::min(words, (window_size - (offset - window_first)) / word);
  std::uint8_t* const there = &window.bytes[offset - window_first];
  std::memcpy(stores ? there : guest, stores ? guest : there, words * word);
  window.carried += words > 0 ? 1 : 0;
  return words;
}

const std::vector<backend::CopyingImport> imports{
    {"load_u8", "carry_load_u8", 1, false}, {"load_u64", "carry_load_u64", 8, false}, {"store_u8", "carry_store_u8", 1, true}, {"store_u64", "carry_store_u64", 8, true}};

// ---- the guest's side ----

sigjmp_buf trap_road;
void on_fault(int) { siglongjmp(trap_road, 1); }

struct Outcome {
  bool trapped = false;
  std::uint64_t result = 0;
  std::vector<unsigned char> memory;
  std::array<std::uint8_t, window_size> bytes{};
  bool operator==(const Outcome&) const = default;
};

/// An instance with its memory behind it; everything else around it cannot be touched.
class Machine {
 public:
  Machine() {
    void* reserved = mmap(nullptr, 2 * reach, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(reserved, MAP_FAILED);
    map_ = static_cast<unsigned char*>(reserved) + reach;
    EXPECT_EQ(mprotect(map_, distance + memory_size, PROT_READ | PROT_WRITE), 0);
    const std::uint64_t size = memory_size;
    std::memcpy(map_ + size_offset, &size, 8);
  }
  ~Machine() { munmap(map_ - reach, 2 * reach); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // What is compiled here has no type in front of it for the undefined behaviour sanitizer to look at.
#ifdef __clang__
  __attribute__((no_sanitize("function")))
#endif
  Outcome
  run(Guest guest, const std::vector<unsigned char>& start, std::array<std::uint32_t, 3> values, std::uint64_t place) {
    std::memcpy(map_ + distance, start.data(), memory_size);
    for (std::size_t i = 0; i < window_size; ++i) window.bytes[i] = static_cast<std::uint8_t>(i * 7 + 3);
    window.carried = 0;
    struct sigaction action {}, old {};
    action.sa_handler = on_fault;
    sigaction(SIGSEGV, &action, &old);
    Outcome outcome;
    if (sigsetjmp(trap_road, 1) == 0) {
      outcome.result = guest(map_, values[0], values[1], values[2], place);
    } else {
      outcome.trapped = true;
    }
    sigaction(SIGSEGV, &old, nullptr);
    outcome.memory.assign(map_ + distance, map_ + distance + memory_size);
    outcome.bytes = window.bytes;
    return outcome;
  }

 private:
  unsigned char* map_ = nullptr;
};

/// One guest function, compiled with and without the pass.
class Twins {
  std::vector<std::unique_ptr<llvm::orc::LLJIT>> engines_;  // before what lives in them

 public:
  explicit Twins(const std::string& text) : plain(compile(text, false)), carrying(compile(text, true)) {}
  bool changed = false;
  bool at_once = false;  ///< memmove or memset stand there, and say nothing when they run
  Guest plain, carrying;

 private:
  Guest compile(const std::string& text, bool with_pass) {
    auto context = std::make_unique<llvm::LLVMContext>();
    llvm::SMDiagnostic problem;
    auto module = llvm::parseAssemblyString(text, problem, *context);
    if (module == nullptr) {
      ADD_FAILURE() << problem.getMessage().str() << " in line " << problem.getLineNo() << " of\n" << text;
      return nullptr;
    }
    ingot::test::Analyses analyses;
    if (with_pass) {
      const backend::MemoryLayout layout{.distance = distance, .size_offset = size_offset};
      backend::CopyLoopsPass(layout, imports).run(*module->getFunction("w2c_m_f"), analyses.functions);
      for (const llvm::BasicBlock& block : *module->getFunction("w2c_m_f")) {
        for (const llvm::PHINode& phi : block.phis()) changed = changed || phi.getName().starts_with("done");
      }
    }
    std::string complaint;
    llvm::raw_string_ostream stream(complaint);
    if (llvm::verifyModule(*module, &stream)) {
      ADD_FAILURE() << complaint << "\n" << text;
      return nullptr;
    }
    auto engine = llvm::cantFail(llvm::orc::LLJITBuilder().create());
    const auto offer = [&](const char* name, auto* function) {
      llvm::orc::SymbolMap symbol;
      symbol[engine->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
      llvm::cantFail(engine->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbol))));
    };
    offer("load_u8", load_u8), offer("load_u64", load_u64), offer("store_u8", store_u8), offer("store_u64", store_u64);
    offer("carry_load_u8", carry<1, false>), offer("carry_load_u64", carry<8, false>), offer("carry_store_u8", carry<1, true>), offer("carry_store_u64", carry<8, true>);
    module->setDataLayout(engine->getDataLayout());
    llvm::cantFail(engine->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
    const Guest guest = llvm::cantFail(engine->lookup("w2c_m_f")).toPtr<Guest>();
    engines_.push_back(std::move(engine));
    return guest;
  }
};

// ---- loops as text ----

enum class Kind { copy, zero, load, store };
/// How the loop counts: turns down to zero; the 32-bit index up to a limit that it might step over; the same, with the host's place in 32 bits too.
enum class Count { down_to_zero, below_limit, below_limit_32 };

std::string function_of(Kind kind, unsigned word, Count count) {
  const std::string bits = "i" + std::to_string(word * 8), step = std::to_string(word);
  const bool down = count == Count::down_to_zero;
  std::string text =
      "target datalayout = \"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128\"\n"
      "target triple = \"x86_64-unknown-linux-gnu\"\n"
      "declare i32 @load_u8(ptr, i64)\ndeclare i64 @load_u64(ptr, i64)\ndeclare void @store_u8(ptr, i64, i32)\ndeclare void @store_u64(ptr, i64, i64)\n"
      "attributes #0 = { nounwind null_pointer_is_valid strictfp }\n"
      "define i64 @w2c_m_f(ptr %instance, i32 %to0, i32 %from0, i32 %n, i64 %place0) #0 {\n"
      "  %memory = getelementptr inbounds i8, ptr %instance, i64 " + std::to_string(distance) + "\n  %place32 = trunc i64 %place0 to i32\n"
      "  %bytes = mul i32 %n, " + step + "\n  %limit = add i32 %to0, %bytes\n  br label %loop\nloop:\n"
      "  %to = phi i32 [ %to0, %0 ], [ %to.next, %loop ]\n  %from = phi i32 [ %from0, %0 ], [ %from.next, %loop ]\n"
      "  %left = phi i32 [ %n, %0 ], [ %left.next, %loop ]\n  %place.a = phi i64 [ %place0, %0 ], [ %place.a.next, %loop ]\n"
      "  %place.b = phi i32 [ %place32, %0 ], [ %place.b.next, %loop ]\n  %place.w = zext i32 %place.b to i64\n"
      "  %to.w = zext i32 %to to i64\n  %to.p = getelementptr inbounds nuw i8, ptr %memory, i64 %to.w\n  %to.q = getelementptr inbounds nuw i8, ptr %to.p, i64 16\n"
      "  %from.w = zext i32 %from to i64\n  %from.p = getelementptr inbounds nuw i8, ptr %memory, i64 %from.w\n";
  const std::string place = count == Count::below_limit_32 ? "%place.w" : "%place.a";
  const std::string token = "  %token = load ptr, ptr %instance, align 8\n";
  const std::string load_guest = "  %value = load " + bits + ", ptr %from.p, align 1\n  call void asm sideeffect \"\", \"r\"(" + bits + " %value) memory(read, inaccessiblemem: readwrite)\n";
  const std::string before_store = "  call void asm sideeffect \"\", \"\"() memory(read, inaccessiblemem: readwrite)\n";
  switch (kind) {
    case Kind::copy: text += load_guest + before_store + "  store " + bits + " %value, ptr %to.q, align 1\n"; break;
    case Kind::zero: text += "  %value = add " + bits + " 0, 0\n" + before_store + "  store " + bits + " 0, ptr %to.q, align 1\n"; break;
    case Kind::load:
      if (word == 1) {
        text += token + "  %wide = call i32 @load_u8(ptr %token, i64 " + place + ")\n  %value = trunc i32 %wide to i8\n";
      } else {
        text += token + "  %value = call i64 @load_u64(ptr %token, i64 " + place + ")\n";
      }
      text += before_store + "  store " + bits + " %value, ptr %to.q, align 1\n";
      break;
    case Kind::store:
      text += load_guest + token;
      text += word == 1 ? "  %wide = zext i8 %value to i32\n  call void @store_u8(ptr %token, i64 " + place + ", i32 %wide)\n" : "  call void @store_u64(ptr %token, i64 " + place + ", i64 %value)\n";
      break;
  }
  text += "  %to.next = add i32 %to, " + step + "\n  %from.next = add i32 %from, " + step + "\n  %left.next = add i32 %left, -1\n  %place.a.next = add i64 %place.a, " + step +
          "\n  %place.b.next = add i32 %place.b, " + step + "\n  %again = " + (down ? "icmp ne i32 %left.next, 0" : "icmp ult i32 %to.next, %limit") +
          "\n  br i1 %again, label %loop, label %end\nend:\n"
          // Everything that the last turn leaves behind.
          "  %last = " + (word == 8 ? "add i64 %value, 0" : word == 16 ? "trunc i128 %value to i64" : "zext " + bits + " %value to i64") +
          "\n  %x = zext i32 %to.next to i64\n  %y = zext i32 %left to i64\n  %m = mul i64 %x, 31\n  %s = add i64 %m, %y\n  %t = mul i64 %s, 31\n  %u = add i64 %t, %place.a\n"
          "  %v = mul i64 %u, 31\n  %result = add i64 %v, %last\n  ret i64 %result\n}\n";
  return text;
}

class CopyLoops : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  }
  void SetUp() override {
    std::mt19937 random(7);
    memory_.resize(memory_size);
    for (auto& byte : memory_) byte = static_cast<unsigned char>(random());
  }
  void compare(Twins& twins, std::array<std::uint32_t, 3> values, std::uint64_t place, const std::string& what) {
    const Outcome expected = machine_.run(twins.plain, memory_, values, place);
    const Outcome actual = machine_.run(twins.carrying, memory_, values, place);
    carried_ += window.carried;
    traps_ += expected.trapped ? 1 : 0;
    if (expected == actual) return;
    const auto apart = std::ranges::mismatch(expected.memory, actual.memory).in1 - expected.memory.begin();
    FAIL() << what << ", to " << values[0] << " from " << values[1] << " n " << values[2] << " place " << place << ": trapped " << expected.trapped << actual.trapped << ", results "
           << expected.result << " and " << actual.result << ", linear memory differs at " << apart << ", windows " << (expected.bytes == actual.bytes ? "alike" : "differ");
  }
  void everywhere(Kind kind, unsigned word, Count count, const std::string& what) {
    Twins twins(function_of(kind, word, count));
    ASSERT_TRUE(twins.changed) << what;
    constexpr std::uint32_t top = ~std::uint32_t{0};
    // All lengths, none among them: that loop goes around 2^32 times, or once.
    for (std::uint32_t n = 0; n <= 150; ++n) ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 8192, n}, window_first, what));
    // All distances of what is read and what is written.
    for (std::uint32_t apart = 0; apart <= 160; ++apart) {
      for (const std::uint32_t n : {9u, 17u, 64u, 100u}) {
        ASSERT_NO_FATAL_FAILURE(compare(twins, {4096, 4096 + apart, n}, window_first, what));
        ASSERT_NO_FATAL_FAILURE(compare(twins, {4096 + apart, 4096, n}, window_first, what));
      }
    }
    // Up to both ends of the memory, of the index and of the window, and beyond.
    for (std::uint32_t place = 0; place <= 40; ++place) {
      for (const std::uint32_t n : {1u, 2u, 20u, 64u, 200u, 3000u}) {
        const std::uint32_t bytes = n * word;
        for (const std::uint32_t at : {memory_size - bytes - 36 + place, memory_size - 16 + place, top - place, top - bytes + place, place}) {
          ASSERT_NO_FATAL_FAILURE(compare(twins, {at, 5000, n}, window_first + place, what));
          ASSERT_NO_FATAL_FAILURE(compare(twins, {5000, at, n}, window_first + place, what));
        }
        for (const std::uint64_t at : {std::uint64_t{place}, window_first + window_size - place, window_first + window_size - bytes + place, std::uint64_t{0} - place, std::uint64_t{top} - bytes - place, std::uint64_t{top} + place}) {
          ASSERT_NO_FATAL_FAILURE(compare(twins, {100, 5000, n}, at, what));
        }
      }
    }
    std::mt19937 random(word);
    for (int turn = 0; turn < 2000; ++turn) {
      const std::uint32_t n = random() % (turn % 7 == 0 ? 2000 : 80);
      ASSERT_NO_FATAL_FAILURE(compare(twins, {static_cast<std::uint32_t>(random() % memory_size), static_cast<std::uint32_t>(random() % memory_size), n}, window_first - 64 + random() % 1200, what));
    }
    if (kind == Kind::load || kind == Kind::store) EXPECT_GT(carried_, 1000u) << what;
    EXPECT_GT(traps_, 100u) << what;
    carried_ = traps_ = 0;
  }

  Machine machine_;
  std::vector<unsigned char> memory_;
  unsigned carried_ = 0, traps_ = 0;
};

TEST_F(CopyLoops, FromOnePlaceOfLinearMemoryToAnother) {
  for (const unsigned word : {1u, 2u, 4u, 8u, 16u}) {
    everywhere(Kind::copy, word, Count::down_to_zero, "copy of " + std::to_string(word) + ", turns");
    everywhere(Kind::copy, word, Count::below_limit, "copy of " + std::to_string(word) + ", limit");
  }
}

TEST_F(CopyLoops, ZerosIntoLinearMemory) {
  for (const unsigned word : {1u, 4u, 8u}) {
    everywhere(Kind::zero, word, Count::down_to_zero, "zeros of " + std::to_string(word) + ", turns");
    everywhere(Kind::zero, word, Count::below_limit, "zeros of " + std::to_string(word) + ", limit");
  }
}

TEST_F(CopyLoops, OutOfTheSharedMemoryAndIntoIt) {
  for (const Kind kind : {Kind::load, Kind::store}) {
    for (const unsigned word : {1u, 8u}) {
      for (const Count count : {Count::down_to_zero, Count::below_limit, Count::below_limit_32}) {
        everywhere(kind, word, count, std::string(kind == Kind::load ? "loads of " : "stores of ") + std::to_string(word) + ", " + std::to_string(static_cast<int>(count)));
      }
      // Where a place of 32 bits wraps around inside the window.
      window_first = first_below_2_32;
      everywhere(kind, word, Count::below_limit_32, "around 2^32");
      window_first = usual_first;
    }
  }
}

std::string changed_by(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// The address goes ahead by a word, and the index that it is made of by half a million words: so it wraps around after 4096 turns.
TEST_F(CopyLoops, AnIndexThatIsDividedWrapsAroundSooner) {
  for (const Kind kind : {Kind::copy, Kind::zero}) {
    std::string text = function_of(kind, 2, Count::down_to_zero);
    text = changed_by(text, "%to.next = add i32 %to, 2", "%to.next = add i32 %to, 1048576");
    text = changed_by(text, "%to.w = zext i32 %to to i64", "%to.s = lshr i32 %to, 19\n  %to.w = zext i32 %to.s to i64");
    Twins twins(text);
    for (const std::uint32_t n : {1u, 100u, 2000u, 4095u, 4096u, 4097u, 4200u, 5000u}) {
      for (const std::uint32_t to : {0u, 1u, 1u << 19, 1u << 31, (1u << 31) + 12345u}) ASSERT_NO_FATAL_FAILURE(compare(twins, {to, 5000, n}, 0, "a divided index"));
    }
  }
}

/// A loop that does more than carry stays as it is.
TEST_F(CopyLoops, OthersAreLeftAlone) {
  const std::string copy = function_of(Kind::copy, 4, Count::down_to_zero), load = function_of(Kind::load, 8, Count::down_to_zero);
  EXPECT_TRUE(Twins(copy).changed);
  EXPECT_FALSE(Twins(changed_by(copy, "store i32 %value", "%other = xor i32 %value, 1\n  store i32 %other")).changed) << "another value";
  EXPECT_FALSE(Twins(changed_by(copy, "%from.next = add i32 %from, 4", "%from.next = add i32 %from, 8")).changed) << "another step";
  EXPECT_FALSE(Twins(changed_by(copy, "%to.next = add i32 %to, 4", "%to.next = add i32 %to, -4")).changed) << "downwards";
  EXPECT_FALSE(Twins(changed_by(copy, "%left.next = add i32 %left, -1", "%left.next = add i32 %value, -1")).changed) << "an end that depends on what is carried";
  EXPECT_FALSE(Twins(changed_by(load, "%place.a.next = add i64 %place.a, 8", "%place.a.next = add i64 %place.a, 16")).changed) << "another step in the window";
  EXPECT_FALSE(Twins(changed_by(load, "store i64 %value", "%also = call i64 @load_u64(ptr %token, i64 0)\n  store i64 %value")).changed) << "a second call";
}

}  // namespace
