// SPDX-License-Identifier: Apache-2.0
#pragma once
// LLVM's analyses, registered with each other, as a pass or a pipeline of passes needs them.

#include <llvm/Passes/PassBuilder.h>

namespace ingot::test {

struct Analyses {
  Analyses() {
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(calls);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, calls, modules);
  }
  Analyses(const Analyses&) = delete;
  Analyses& operator=(const Analyses&) = delete;

  // In this order, which is that in which LLVM wants them to go.
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
};

}  // namespace ingot::test
