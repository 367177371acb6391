// SPDX-License-Identifier: Apache-2.0
// The forms in which optimised code says that guest memory is accessed: what each keeps, and what it leaves to the optimiser. What must stay is
// counted in the text that LLVM prints after its own passes have run over it.
#include "native/backend/guest_accesses.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include "analyses.hpp"

namespace {

namespace backend = ingot::compiler::native::backend;

class GuestAccesses : public testing::Test {
 protected:
  void parse(const std::string& body) {
    llvm::SMDiagnostic problem;
    module_ = llvm::parseAssemblyString("target triple = \"x86_64-unknown-linux-gnu\"\n" + body, problem, context_);
    ASSERT_NE(module_, nullptr) << problem.getMessage().str() << " in line " << problem.getLineNo();
  }
  llvm::Function& function() { return *module_->getFunction("f"); }

  void run(const char* passes) {
    ingot::test::Analyses analyses;
    llvm::ModulePassManager pipeline;
    ASSERT_FALSE(llvm::errorToBool(analyses.builder.parsePassPipeline(pipeline, passes)));
    pipeline.run(*module_, analyses.modules);
  }

  std::string text() {
    EXPECT_FALSE(llvm::verifyModule(*module_));
    std::string result;
    llvm::raw_string_ostream stream(result);
    function().print(stream);
    return result;
  }
  static int count(const std::string& text, const std::string& what) {
    int n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

const char* const everything = "function(sroa,early-cse<memssa>,instcombine,gvn,dse,loop-mssa(licm),adce,simplifycfg)";

TEST_F(GuestAccesses, A_load_whose_value_nobody_wants_stays) {
  parse("define void @f(ptr %p) { %x = load volatile i32, ptr %p, align 1\n ret void }");
  EXPECT_EQ(backend::free_accesses(function()), 1u);
  EXPECT_EQ(count(text(), "volatile"), 0);
  run(everything);
  EXPECT_EQ(count(text(), "load i32"), 1);
  EXPECT_EQ(backend::pin_accesses(function()), 1u);
  EXPECT_EQ(count(text(), "load volatile i32"), 1);
  EXPECT_EQ(count(text(), "asm"), 0);
  run(everything);
  EXPECT_EQ(count(text(), "load volatile i32"), 1);
}

TEST_F(GuestAccesses, The_same_value_is_loaded_once) {
  parse("define i32 @f(ptr %p, ptr %q) { %x = load volatile i32, ptr %p, align 1\n %y = load volatile i32, ptr %q, align 1\n"
        " %z = load volatile i32, ptr %p, align 1\n %s = add i32 %x, %y\n %t = add i32 %s, %z\n ret i32 %t }");
  EXPECT_EQ(backend::free_accesses(function()), 3u);
  run(everything);
  EXPECT_EQ(count(text(), "load i32"), 2);
  EXPECT_EQ(backend::pin_accesses(function()), 3u);
  EXPECT_EQ(count(text(), "load volatile i32"), 2);
}

TEST_F(GuestAccesses, No_store_before_a_trap_is_lost) {
  for (const char* between : {"store volatile i32 7, ptr %q, align 1", "%x = load volatile i32, ptr %q, align 1"}) {
    parse(std::string("define void @f(ptr %p) { %q = getelementptr i8, ptr %p, i64 64\n store i32 1, ptr %p\n ") + between + "\n store i32 2, ptr %p\n ret void }");
    EXPECT_EQ(backend::free_accesses(function()), 1u);
    run(everything);
    EXPECT_EQ(count(text(), "store i32 1") + count(text(), "store i32 2"), 2) << between;
    backend::pin_accesses(function());
    EXPECT_EQ(count(text(), "store volatile i32 1"), 1) << between;
    EXPECT_EQ(count(text(), "store volatile i32 2"), 1) << between;
  }
  // What cannot be seen is: else the test above would say nothing.
  parse("define void @f(ptr %p) { %q = getelementptr i8, ptr %p, i64 64\n store i32 1, ptr %p\n store i32 7, ptr %q\n store i32 2, ptr %p\n ret void }");
  EXPECT_EQ(backend::free_accesses(function()), 0u);
  run(everything);
  EXPECT_EQ(count(text(), "store i32 1") + count(text(), "store i32 2"), 1);
}

TEST_F(GuestAccesses, No_sum_is_kept_in_a_register_over_a_trap) {
  const std::string loop =
      "define void @f(ptr %g, i64 %n) {\nentry:\n %m = getelementptr inbounds nuw i8, ptr %g, i64 64\n br label %loop\nloop:\n %i = phi i64 [ 0, %entry ], [ %next, %loop ]\n"
      " %x = load i32, ptr %g\n %y = add i32 %x, 1\n store i32 %y, ptr %g\n %a = getelementptr inbounds nuw i8, ptr %m, i64 %i\n store VOLATILE i8 1, ptr %a\n"
      " %next = add i64 %i, 1\n %c = icmp ult i64 %next, %n\n br i1 %c, label %loop, label %out\nout:\n ret void\n}";
  for (const bool guest : {true, false}) {
    std::string body = loop;
    body.replace(body.find("VOLATILE"), 8, guest ? "volatile" : "");
    parse(body);
    backend::free_accesses(function());
    run("function(loop-mssa(loop-rotate,licm))");
    const std::string after = text();
    const std::size_t back = after.find("br i1");
    EXPECT_EQ(count(after.substr(0, back), "store i32 %y"), guest ? 1 : 0) << after;
  }
}

TEST_F(GuestAccesses, Where_two_loads_meet_the_statement_stays) {
  parse("define void @f(i1 %c, ptr %p, ptr %q) {\n br i1 %c, label %a, label %b\na:\n %x = load i32, ptr %p\n br label %m\nb:\n %y = load i32, ptr %q\n"
        " br label %m\nm:\n %v = phi i32 [ %x, %a ], [ %y, %b ]\n call void asm sideeffect \"\", \"r\"(i32 %v)\n ret void\n}");
  EXPECT_EQ(backend::pin_accesses(function()), 0u);
  EXPECT_EQ(count(text(), "asm sideeffect"), 1);
}

TEST_F(GuestAccesses, Through_casts_the_load_is_found_and_other_assembly_is_left_alone) {
  parse("define void @f(ptr %p, i32 %a) { %x = load i8, ptr %p\n %w = zext i8 %x to i32\n call void asm sideeffect \"\", \"r\"(i32 %w)\n"
        " call void asm sideeffect \"nop\", \"r\"(i32 %w)\n call void asm sideeffect \"\", \"r\"(i32 %a)\n ret void }");
  EXPECT_EQ(backend::pin_accesses(function()), 1u);
  EXPECT_EQ(count(text(), "load volatile i8"), 1);
  EXPECT_EQ(count(text(), "asm sideeffect"), 2);
}

TEST_F(GuestAccesses, Variables_of_the_function_are_nobody_elses_business) {
  parse("define i32 @f(ptr %p) { %v = alloca i32\n store i32 1, ptr %v\n store i32 2, ptr %p\n %x = load i32, ptr %v\n ret i32 %x }");
  EXPECT_EQ(backend::pin_accesses(function()), 0u);
  EXPECT_EQ(count(text(), "volatile"), 1);
}

}  // namespace
