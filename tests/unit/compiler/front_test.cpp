// SPDX-License-Identifier: Apache-2.0
// Our own front end beside clang's: each reads a function for each numeric and memory instruction of WebAssembly, and for each form of control and call.
// After LLVM has simplified both, not a character of the functions may differ. And what it does not know, it refuses, whatever it is.
#include "native/codegen/front/function.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <regex>

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include "analyses.hpp"
#include "native/flags.hpp"
#include "native/front/divide.hpp"
#include "pipeline.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "wat.hpp"
#include "workshop.hpp"

namespace ingot::compiler {
namespace {

namespace front = native::codegen::front;

constexpr std::uint8_t i32 = 0x7f, i64 = 0x7e, f32 = 0x7d, f64 = 0x7c;

struct Function {
  std::vector<std::uint8_t> params, results;
  format::Bytes body;        ///< without the locals and the end
  format::Bytes locals{0};   ///< vector of counts and types
};

void append(format::Bytes& to, std::initializer_list<std::uint8_t> bytes) { to.insert(to.end(), bytes); }

/// One function that gets its operands as parameters and is this instruction.
Function instruction(std::vector<std::uint8_t> params, std::vector<std::uint8_t> results, std::initializer_list<std::uint8_t> code) {
  Function function{std::move(params), std::move(results), {}, {0}};
  for (std::size_t i = 0; i < function.params.size(); ++i) append(function.body, {0x20, static_cast<std::uint8_t>(i)});
  append(function.body, code);
  return function;
}

/// Opcodes: core specification 2.0, 5.4.
std::vector<Function> all_functions() {
  std::vector<Function> all;
  const auto range = [&](int first, int last, std::vector<std::uint8_t> params, std::uint8_t result) {
    for (int opcode = first; opcode <= last; ++opcode) all.push_back(instruction(params, {result}, {static_cast<std::uint8_t>(opcode)}));
  };
  range(0x45, 0x45, {i32}, i32), range(0x46, 0x4f, {i32, i32}, i32), range(0x50, 0x50, {i64}, i32), range(0x51, 0x5a, {i64, i64}, i32);
  range(0x5b, 0x60, {f32, f32}, i32), range(0x61, 0x66, {f64, f64}, i32), range(0x67, 0x69, {i32}, i32), range(0x6a, 0x78, {i32, i32}, i32);
  range(0x79, 0x7b, {i64}, i64), range(0x7c, 0x8a, {i64, i64}, i64), range(0x8b, 0x91, {f32}, f32), range(0x92, 0x98, {f32, f32}, f32);
  range(0x99, 0x9f, {f64}, f64), range(0xa0, 0xa6, {f64, f64}, f64);
  range(0xa7, 0xa7, {i64}, i32), range(0xa8, 0xa9, {f32}, i32), range(0xaa, 0xab, {f64}, i32), range(0xac, 0xad, {i32}, i64);
  range(0xae, 0xaf, {f32}, i64), range(0xb0, 0xb1, {f64}, i64), range(0xb2, 0xb3, {i32}, f32), range(0xb4, 0xb5, {i64}, f32), range(0xb6, 0xb6, {f64}, f32);
  range(0xb7, 0xb8, {i32}, f64), range(0xb9, 0xba, {i64}, f64), range(0xbb, 0xbb, {f32}, f64), range(0xbc, 0xbc, {f32}, i32), range(0xbd, 0xbd, {f64}, i64);
  range(0xbe, 0xbe, {i32}, f32), range(0xbf, 0xbf, {i64}, f64), range(0xc0, 0xc1, {i32}, i32), range(0xc2, 0xc4, {i64}, i64);
  const std::uint8_t saturating[] = {f32, f32, f64, f64};
  for (std::uint8_t i = 0; i < 8; ++i) all.push_back(instruction({saturating[i % 4]}, {i < 4 ? i32 : i64}, {0xfc, i}));
  const std::uint8_t loaded[] = {i32, i64, f32, f64, i32, i32, i32, i32, i64, i64, i64, i64, i64, i64};
  for (std::uint8_t i = 0; i < std::size(loaded); ++i) all.push_back(instruction({i32}, {loaded[i]}, {static_cast<std::uint8_t>(0x28 + i), 0, 0x85, 0x01}));
  const std::uint8_t stored[] = {i32, i64, f32, f64, i32, i32, i64, i64, i64};
  for (std::uint8_t i = 0; i < std::size(stored); ++i) all.push_back(instruction({i32, stored[i]}, {}, {static_cast<std::uint8_t>(0x36 + i), 0, 0}));
  all.push_back(instruction({}, {i32}, {0x3f, 0}));                          // memory.size
  all.push_back(instruction({i32}, {i32}, {0x40, 0}));                       // memory.grow
  all.push_back(instruction({i32, i32, i32}, {}, {0xfc, 0x0a, 0, 0}));       // memory.copy
  all.push_back(instruction({i32, i32, i32}, {}, {0xfc, 0x0b, 0}));          // memory.fill
  for (const std::uint8_t type : {i32, i64, f32, f64}) all.push_back(instruction({type, type, i32}, {type}, {0x1b}));  // select
  // Globals, one of each type.
  for (std::uint8_t i = 0; i < 4; ++i) {
    const std::uint8_t type = static_cast<std::uint8_t>(i32 - i);
    all.push_back(instruction({}, {type}, {0x23, i}));
    all.push_back(instruction({type}, {}, {0x24, i}));
  }
  // Constants: the least, minus zero, infinity, a NaN with a payload, a subnormal.
  all.push_back(instruction({}, {i32}, {0x41, 0x80, 0x80, 0x80, 0x80, 0x78}));
  all.push_back(instruction({}, {i64}, {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}));
  for (const std::array<std::uint8_t, 4> bits : {std::array<std::uint8_t, 4>{0, 0, 0, 0x80}, {0, 0, 0x80, 0xff}, {1, 0, 0xa0, 0x7f}, {1, 0, 0, 0}, {0xcd, 0xcc, 0xcc, 0x3d}}) {
    all.push_back(instruction({}, {f32}, {0x43, bits[0], bits[1], bits[2], bits[3]}));
  }
  for (const std::array<std::uint8_t, 8> bits : {std::array<std::uint8_t, 8>{0, 0, 0, 0, 0, 0, 0, 0x80}, {0, 0, 0, 0, 0, 0, 0xf0, 0xff}, {0, 0, 0, 0, 0, 0, 0xf8, 0x7f},
                                                 {0, 0, 0, 0, 0, 0, 0xf4, 0xff}, {1, 0, 0, 0, 0, 0, 0, 0}, {0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f}}) {
    all.push_back(instruction({}, {f64}, {0x44, bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]}));
  }
  // if (a < b) a + b else a - b
  all.push_back(instruction({i32, i32}, {i32}, {0x48, 0x04, i32, 0x20, 0, 0x20, 1, 0x6a, 0x05, 0x20, 0, 0x20, 1, 0x6b, 0x0b}));
  // A loop that adds n to a until n is zero, in a block that a br_if leaves.
  all.push_back(instruction({i32, i64}, {i64}, {0x1a, 0x1a, 0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x45, 0x0d, 1, 0x20, 1, 0x20, 0, 0xad, 0x7c, 0x21, 1,
                                                0x20, 0, 0x41, 1, 0x6b, 0x21, 0, 0x0c, 0, 0x0b, 0x0b, 0x20, 1}));
  // Locals of each type begin as zero: 3 of i32, 1 of i64, 1 of f32, 2 of f64. The last, plus 1.5 if the first is still zero.
  all.push_back({{}, {f64}, {0x20, 6, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0x45, 0x1b, 0xa0, 0x21, 5, 0x20, 5}, {4, 3, i32, 1, i64, 1, f32, 2, f64}});
  // Comparisons as numbers, selections in selections.
  all.push_back(instruction({i32, i32, i32}, {i32}, {0x1b, 0x20, 0, 0x20, 1, 0x48, 0x20, 2, 0x1b, 0x20, 0, 0x20, 1, 0x4b, 0x6a}));
  // br_table over three blocks.
  all.push_back(instruction({i32}, {i32}, {0x1a, 0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 3, 0, 1, 0, 2, 0x0b, 0x41, 10, 0x0f, 0x0b, 0x41, 20, 0x0f, 0x0b, 0x41, 30}));
  all.push_back(instruction({}, {}, {0x00}));                                // unreachable
  all.push_back(instruction({i32}, {i32}, {0x04, i32, 0x00, 0x05, 0x41, 1, 0x0b}));
  // Arms that act: a ? load(b) : a / b
  all.push_back(instruction({i32, i32}, {i32}, {0x1a, 0x04, i32, 0x20, 1, 0x28, 2, 4, 0x05, 0x20, 0, 0x20, 1, 0x6d, 0x0b}));
  return all;
}

/// All of them, and behind them: a call of each kind.
format::Bytes module_of(std::vector<Function> functions) {
  const auto count = static_cast<std::uint32_t>(functions.size());
  functions.push_back(instruction({i32, i32, i32}, {i32}, {0x11, 0, 0}));  // through a table that never changes
  functions.push_back(instruction({i32, i32, i32}, {i32}, {0x11, 0, 1}));  // through one that others may change
  functions.push_back(instruction({i32, i32}, {i32}, {0x10, 2}));
  functions.push_back(instruction({i32, i32}, {i32}, {0x10, 0}));          // the host's
  const std::size_t last = functions.size() + 1;
  functions.push_back(instruction({}, {i32}, {}));
  functions.back().params = {i32, i32};
  append(functions.back().body, {0x20, 0, 0x20, 1, 0x10});
  append_number(functions.back().body, last + 1);
  functions.push_back(instruction({i32, i32}, {i32}, {0x6b}));
  // The second table is exported, and all functions but the last, which another calls.
  format::Bytes types, declared, code, exports;
  append_number(exports, functions.size());
  append(exports, {1, 't', 1, 1});
  for (std::size_t i = 0; i + 1 < functions.size(); ++i) {
    append(exports, {2, static_cast<std::uint8_t>(1 + i / 100), static_cast<std::uint8_t>(1 + i % 100), 0});
    append_number(exports, i + 1);
  }
  append_number(types, functions.size() + 1);
  append(types, {0x60, 2, i32, i32, 1, i32});
  append_number(declared, functions.size());
  append_number(code, functions.size());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    types.push_back(0x60);
    for (const auto& list : {functions[i].params, functions[i].results}) {
      append_number(types, list.size());
      types.insert(types.end(), list.begin(), list.end());
    }
    append_number(declared, i + 1);
    append_number(code, functions[i].locals.size() + functions[i].body.size() + 1);
    code.insert(code.end(), functions[i].locals.begin(), functions[i].locals.end());
    code.insert(code.end(), functions[i].body.begin(), functions[i].body.end());
    code.push_back(0x0b);
  }
  format::Bytes module = module_bytes("");
  append_section(module, 1, types);
  append_section(module, 2, hex_bytes("01 01 68 01 66 00 00"));               // (import "h" "f" (func (type 0)))
  append_section(module, 3, declared);
  append_section(module, 4, hex_bytes("02 70 00 04 70 00 04"));               // two tables
  append_section(module, 5, hex_bytes("01 00 01"));                           // (memory 1)
  append_section(module, 6, hex_bytes("04 7f 01 41 00 0b 7e 01 42 00 0b 7d 01 43 00000000 0b 7c 01 44 0000000000000000 0b"));
  append_section(module, 7, exports);
  append_section(module, 9, hex_bytes("01 00 41 00 0b 02 02 03"));            // (elem (i32.const 0) 2 3)
  append_section(module, 10, code);
  EXPECT_LT(count, 250u);
  return module;
}

/// The module's C, in a folder, as a build of that tier writes it.
class FrontTest : public testing::TestWithParam<Optimisation> {
 protected:
  void SetUp() override {
    char path[] = "/tmp/ingot-test-XXXXXX.wasm";
    const int fd = mkstemps(path, 5);
    ASSERT_GE(fd, 0);
    close(fd);
    const format::Bytes wasm = module_of(all_functions());
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(wasm.data()), static_cast<std::streamsize>(wasm.size()));
    Request request;
    request.optimisation = GetParam();
    request.input = path;
    request.contract = ContractChoice::none;
    auto inputs = ingest::read(request);
    unlink(path);
    auto examined = ingest::examine(std::move(inputs).value(), request.features);
    ASSERT_TRUE(examined.ok()) << examined.error().message;
    workshop_ = std::make_unique<Workshop>(process::Scratch::create().value(), native::find_toolchain().value(), Progress{});
    auto valid = ingest::validate(std::move(examined).value(), *workshop_);
    ASSERT_TRUE(valid.ok()) << valid.error().message;
    auto generated = lower::translate(lower::normalise(ingest::agree(std::move(valid).value(), request.contract).value()), *workshop_);
    ASSERT_TRUE(generated.ok()) << generated.error().message;
    const CompleteC source = lower::add_shim(std::move(generated).value(), request, *workshop_);
    folder_ = workshop_->scratch().folder("source").value();
    for (const auto& [name, text] : source.files()) {
      std::filesystem::create_directories((std::filesystem::path(folder_) / name).parent_path());
      process::write_scratch(folder_ + "/" + name, process::bytes_of(text)).value();
    }
    part_ = source.files().at("m.c");
    pieces_ = native::divide(part_, {});
  }
  /// What clang's front end makes of a text.
  std::unique_ptr<llvm::Module> read_by_clang(const std::string& text, llvm::LLVMContext& context) {
    const std::string name = "test-" + std::to_string(++count_) + ".c", bitcode = folder_ + "/" + name + ".bc";
    process::write_scratch(folder_ + "/" + name, process::bytes_of(text)).value();
    process::Command command = workshop_->toolchain().clang_command(workshop_->scratch().path());
    for (std::string& flag : native::compile_flags(GetParam(), native::Lines::none, workshop_->toolchain().clang_version())) command.arguments.push_back(flag);
    for (std::string& flag : native::front_end_flags()) command.arguments.push_back(flag);
    command.arguments.insert(command.arguments.end(), {"-march=x86-64-v2", "-o", bitcode, "-c", name});
    command.folder = folder_;
    const auto outcome = process::run(command);
    EXPECT_TRUE(outcome.ok() && outcome->succeeded()) << outcome->messages;
    auto buffer = llvm::MemoryBuffer::getFile(bitcode);
    EXPECT_TRUE(static_cast<bool>(buffer));
    return llvm::cantFail(llvm::parseBitcodeFile((*buffer)->getMemBufferRef(), context));
  }

  /// Inlines the helpers and brings what is written in two ways into one form.
  static void simplify(llvm::Module& module) {
    for (llvm::Function& function : module) {
      // At the dev tier every function says that it stays as it is.
      if (function.hasFnAttribute(llvm::Attribute::OptimizeNone)) {
        function.removeFnAttr(llvm::Attribute::OptimizeNone);
        function.removeFnAttr(llvm::Attribute::NoInline);
      }
      if (!function.isDeclaration() && function.hasInternalLinkage() && !function.getName().starts_with("w2c_") && !function.hasFnAttribute(llvm::Attribute::Cold) &&
          !function.hasFnAttribute(llvm::Attribute::NoInline)) {
        function.addFnAttr(llvm::Attribute::AlwaysInline);
      }
    }
    test::Analyses analyses;
    llvm::ModulePassManager passes;
    llvm::cantFail(analyses.builder.parsePassPipeline(
        passes, "function(lower-expect,simplifycfg,sroa,early-cse),always-inline,globaldce,function(sroa,early-cse,instcombine,simplifycfg,gvn,instcombine,simplifycfg,adce)"));
    passes.run(module, analyses.modules);
  }

  static bool is_guest(const llvm::Function& function) { return function.getName().starts_with("w2c_m_f") || function.getName().starts_with("w2c_m_e"); }

  /// What computes and does nothing else, in the order in which it is used: operands may be evaluated in any.
  static void order(llvm::BasicBlock& block) {
    llvm::SmallPtrSet<llvm::Instruction*, 16> placed;
    const auto is_free = [](const llvm::Instruction& each) { return !each.mayHaveSideEffects() && !each.mayReadFromMemory() && !each.isTerminator() && !llvm::isa<llvm::PHINode>(each); };
    const std::function<void(llvm::Instruction&, llvm::Instruction&)> place_operands = [&](llvm::Instruction& of, llvm::Instruction& before) {
      for (llvm::Value* operand : of.operands()) {
        auto* each = llvm::dyn_cast<llvm::Instruction>(operand);
        if (each == nullptr || each->getParent() != &block || !is_free(*each) || !placed.insert(each).second) continue;
        place_operands(*each, before);
        each->moveBefore(before.getIterator());
      }
    };
    std::vector<llvm::Instruction*> fixed;
    for (llvm::Instruction& each : block) {
      if (!is_free(each) && !llvm::isa<llvm::PHINode>(each)) fixed.push_back(&each);
    }
    for (llvm::Instruction* each : fixed) place_operands(*each, *each);
  }

  /// Blocks in the order in which they are reached, and what comes from them too.
  static void order(llvm::Function& function) {
    llvm::DenseMap<const llvm::BasicBlock*, std::size_t> numbers;
    for (llvm::BasicBlock* block : llvm::ReversePostOrderTraversal<llvm::Function*>(&function)) {
      if (!numbers.empty()) block->moveAfter(&function.back());
      numbers[block] = numbers.size();
    }
    for (llvm::BasicBlock& block : function) {
      for (llvm::PHINode& phi : block.phis()) {
        std::vector<std::pair<llvm::BasicBlock*, llvm::Value*>> incoming;
        for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) incoming.emplace_back(phi.getIncomingBlock(i), phi.getIncomingValue(i));
        std::sort(incoming.begin(), incoming.end(), [&](const auto& a, const auto& b) { return numbers[a.first] < numbers[b.first]; });
        for (unsigned i = 0; i < incoming.size(); ++i) {
          phi.setIncomingBlock(i, incoming[i].first);
          phi.setIncomingValue(i, incoming[i].second);
        }
      }
      order(block);
    }
  }

  /// A function's instructions; the numbers of attribute groups and metadata are each module's own.
  static std::string text_of(llvm::Function& function) {
    order(function);
    for (llvm::BasicBlock& block : function) {
      block.setName("");
      for (llvm::Instruction& instruction : block) instruction.setName("");
    }
    std::string text;
    llvm::raw_string_ostream stream(text);
    function.print(stream);
    text = std::regex_replace(text, std::regex(" #[0-9]+"), "");
    text = std::regex_replace(text, std::regex("(, )?![a-z.]+ ![0-9]+"), "");
    return std::regex_replace(text, std::regex(" +; preds = .*"), "");
  }

  std::string first_name() const {
    const std::size_t name = pieces_.functions.find("w2c_m_");
    return pieces_.functions.substr(name, pieces_.functions.find('(', name) - name);
  }

  std::unique_ptr<Workshop> workshop_;
  std::string folder_, part_;
  native::DividedPart pieces_;
  int count_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Tiers, FrontTest, testing::Values(Optimisation::release, Optimisation::dev), [](const auto& info) { return info.param == Optimisation::dev ? "dev" : "release"; });

TEST_P(FrontTest, Reads_every_instruction_as_clang_does) {
  llvm::LLVMContext context, other_context;
  const auto whole = read_by_clang(part_, context);
  const auto divided = read_by_clang(pieces_.rest, other_context);
  const front::Surroundings surroundings(*divided);
  const std::vector<std::string> unread = front::read_functions(surroundings, pieces_.functions);
  EXPECT_TRUE(unread.empty()) << unread.size() << " functions, the first " << unread.front();
  surroundings.clean();
  std::string complaints;
  llvm::raw_string_ostream stream(complaints);
  ASSERT_FALSE(llvm::verifyModule(*divided, &stream)) << complaints;
  simplify(*whole);
  simplify(*divided);
  std::size_t compared = 0;
  for (llvm::Function& theirs : *whole) {
    if (theirs.isDeclaration() || !is_guest(theirs)) continue;
    llvm::Function* ours = divided->getFunction(theirs.getName());
    ASSERT_NE(ours, nullptr) << theirs.getName().str();
    EXPECT_EQ(text_of(*ours), text_of(theirs));
    ++compared;
  }
  // A wrapper for each function that is exported, and the function behind it; the last, which is not; and what gives the table.
  EXPECT_EQ(compared, 2 * (all_functions().size() + 5) + 2);
  EXPECT_EQ(divided->getFunction("ingot_front_template"), nullptr);
}

TEST_P(FrontTest, Says_which_functions_it_cannot_read) {
  llvm::LLVMContext context;
  const auto base = read_by_clang(pieces_.rest, context);
  const std::size_t first = pieces_.functions.find('{') + 1;
  for (const char* statement :
       {"mystery(1u);", "var_q9 = 1u;", "var_p99 = 1u;", "u32 x;", "f32* var_i0;", "goto var_B77;", "goto elsewhere;", "if (1u) {", "else {", "case 1: goto var_B0;",
        "(u32)instance->w2c_nothing;", "(u32)08u;", "(u32)1.5q;", "(u32)4294967296u;", "(u32)2147483648;", "(u32)(1.5);", "(u32)(instance);", "1u / 2u;", "1u % 2u;", "1u && 2u;",
        "1u ? 2u;", "*(ingot_at_u32*)(1u) = 2u;", "*(ingot_at_v128*)(instance) = 2u;", "return instance;", "switch (1u) { case 1: goto var_B0; }", "memory_fill(1u);",
        "CALL_INDIRECT(1u);", "INGOT_CALL_FROZEN(array, 1, u32 (*)(void*), 0u, instance);", "while (1u) {}", "/* no end", "\"text\";", "asm(\"nop\");", "((((((((1u"}) {
    const auto module = llvm::CloneModule(*base);
    const front::Surroundings surroundings(*module);
    SCOPED_TRACE(statement);
    std::string text = pieces_.functions;
    text.insert(first, std::string(" ") + statement);
    const std::vector<std::string> unread = front::read_functions(surroundings, text);
    ASSERT_FALSE(unread.empty()) << statement;
    EXPECT_EQ(unread.front(), first_name()) << statement;
    EXPECT_TRUE(module->getFunction(unread.front())->isDeclaration());
    EXPECT_FALSE(llvm::verifyModule(*module)) << statement;
  }
}

TEST_P(FrontTest, Functions_that_stay_are_clangs) {
  const std::string first = first_name();
  const native::DividedPart others = native::divide(part_, {first});
  EXPECT_EQ(others.functions.find(first + "(w2c_m* instance"), std::string::npos);
  llvm::LLVMContext context;
  const auto module = read_by_clang(others.rest, context);
  EXPECT_FALSE(module->getFunction(first)->isDeclaration());
  EXPECT_TRUE(front::read_functions(front::Surroundings(*module), others.functions).empty());
  EXPECT_FALSE(llvm::verifyModule(*module));
}

/// Characters changed, taken out, put in, pieces moved: whatever it still reads must be whole.
TEST_P(FrontTest, Damaged_text_is_refused_or_read_but_never_half_read) {
  llvm::LLVMContext context;
  const auto base = read_by_clang(pieces_.rest, context);
  std::mt19937 random(20261122);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  constexpr std::string_view characters = " (){};:,?=!<>+-*/&|^~.0123456789ulfxijvarBL_#\"";
  std::size_t refused = 0, accepted = 0;
  for (int round = 0; round < 150; ++round) {
    std::string text = pieces_.functions;
    for (std::size_t changes = 1 + below(40); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0: text[at] = characters[below(characters.size())]; break;
        case 1: text.erase(at, 1 + below(6)); break;
        case 2: text.insert(at, 1, characters[below(characters.size())]); break;
        default: text.insert(at, text.substr(below(text.size()), 1 + below(30))); break;
      }
    }
    const auto module = llvm::CloneModule(*base);
    const front::Surroundings surroundings(*module);
    refused += front::read_functions(surroundings, text).size();
    for (const llvm::Function& function : *module) accepted += is_guest(function) && !function.isDeclaration() ? 1 : 0;
    std::string complaints;
    llvm::raw_string_ostream stream(complaints);
    ASSERT_FALSE(llvm::verifyModule(*module, &stream)) << "round " << round << ": " << complaints;
  }
  EXPECT_GT(refused, 150u);
  EXPECT_GT(accepted, 5'000u);
}

}  // namespace
}  // namespace ingot::compiler
