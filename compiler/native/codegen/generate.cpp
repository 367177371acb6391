// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/generate.hpp"

#include <llvm/ADT/SetVector.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <memory>

#include "native/backend/copy_loops.hpp"
#include "native/backend/guest_accesses.hpp"
#include "native/backend/widen_vectors.hpp"
#include "native/codegen/front/function.hpp"
#include "native/codegen/passes.hpp"

namespace ingot::compiler::native::codegen {
namespace {

constexpr unsigned helper_instructions_max = 200;  // of one of the C's helpers, before optimisation; the longest seen has 69

/// For code of clang's front end with the flags of native/flags.cpp: what clang would ask of the code generator.
std::unique_ptr<llvm::TargetMachine> machine_for(const llvm::Module& module, const std::string& level, bool optimises, std::string& error) {
  const llvm::Triple& triple = module.getTargetTriple();
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) return nullptr;
  llvm::TargetOptions options;
  options.ForceDwarfFrameSection = true;  // -fforce-dwarf-frame
  options.UseInitArray = true;
  options.ExceptionModel = llvm::ExceptionHandling::None;
  options.MCOptions.X86RelaxRelocations = true;
  const auto effort = optimises ? llvm::CodeGenOptLevel::Aggressive : llvm::CodeGenOptLevel::None;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(triple, level, "", options, llvm::Reloc::PIC_, llvm::CodeModel::Small, effort));
  if (machine == nullptr) error = "no code generator for " + triple.str();
  return machine;
}

/// The level is a property of every function; the front end wrote its own there.
void set_level(llvm::Module& module, const std::string& level) {
  for (llvm::Function& function : module) {
    if (!function.hasFnAttribute("target-cpu")) continue;
    function.removeFnAttr("target-features");
    function.addFnAttr("target-cpu", level);
  }
}

/// Prepares for passes(): what is inlined at once, and what is never. Returns whether functions of the guest's may be inlined into each other, which
/// they may when debug information says so of every place; without it a trap's report has only the symbol table, where each function stands for itself.
bool decide_inlining(llvm::Module& module) {
  const bool inline_guest = !module.debug_compile_units().empty();
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    const bool helper = function.hasInternalLinkage() && !function.getName().starts_with("w2c_") && function.getInstructionCount() <= helper_instructions_max;
    if (helper && !function.hasFnAttribute(llvm::Attribute::Cold) && !function.hasFnAttribute(llvm::Attribute::NoInline)) {
      function.addFnAttr(llvm::Attribute::AlwaysInline);
    } else if (!inline_guest && !function.hasFnAttribute(llvm::Attribute::AlwaysInline)) {
      function.addFnAttr(llvm::Attribute::NoInline);
    }
  }
  return inline_guest;
}

/// One run of the optimiser over a module.
class Optimiser {
 public:
  Optimiser(llvm::Module& module, llvm::TargetMachine& machine) : module_(module), builder_(&machine, tuning()) {
    functions_.registerPass([&] { return llvm::TargetLibraryAnalysis(llvm::TargetLibraryInfoImpl(module.getTargetTriple())); });
    builder_.registerModuleAnalyses(modules_);
    builder_.registerCGSCCAnalyses(components_);
    builder_.registerFunctionAnalyses(functions_);
    builder_.registerLoopAnalyses(loops_);
    builder_.crossRegisterProxies(loops_, functions_, components_, modules_);
  }
  Optimiser(const Optimiser&) = delete;
  Optimiser& operator=(const Optimiser&) = delete;

  std::string run(const std::string& list) {
    llvm::ModulePassManager pipeline;
    if (llvm::Error error = builder_.parsePassPipeline(pipeline, list)) return llvm::toString(std::move(error));
    pipeline.run(module_, modules_);
    return {};
  }
  std::string optimise(const backend::MemoryLayout& layout, const std::vector<backend::CopyingImport>& copying) {
    const bool inline_guest = decide_inlining(module_);
    const Passes list = passes(inline_guest);
    // What carries words is inlined when the loops that only carry are known.
    const std::vector<llvm::Function*> thunks = thunks_of(copying);
    for (llvm::Function* thunk : thunks) thunk->addFnAttr(llvm::Attribute::NoInline);
    if (std::string error = run(list.early); !error.empty()) return error;
    backend::CopyLoopsPass copy_loops(layout, copying);
    for (llvm::Function& function : module_) {
      if (!function.isDeclaration()) functions_.invalidate(function, copy_loops.run(function, functions_));
    }
    if (inline_guest && !copying.empty()) {
      if (std::string error = inline_into_callers(copying, list.again); !error.empty()) return error;
    }
    return run(list.late);
  }

 private:
  static llvm::PipelineTuningOptions tuning() {
    llvm::PipelineTuningOptions tuning;
    tuning.LoopVectorization = true;
    tuning.LoopInterleaving = true;
    tuning.LoopUnrolling = true;
    return tuning;
  }
  std::vector<llvm::Function*> thunks_of(const std::vector<backend::CopyingImport>& copying) const {
    std::vector<llvm::Function*> thunks;
    for (const backend::CopyingImport& import : copying) {
      if (llvm::Function* thunk = module_.getFunction(import.thunk); thunk != nullptr && !thunk->isDeclaration()) thunks.push_back(thunk);
    }
    return thunks;
  }
  std::string inline_into_callers(const std::vector<backend::CopyingImport>& copying, const std::string& list) {
    llvm::SetVector<llvm::Function*> callers;
    for (llvm::Function* thunk : thunks_of(copying)) {
      for (llvm::User* user : thunk->users()) {
        if (auto* call = llvm::dyn_cast<llvm::CallInst>(user)) callers.insert(call->getFunction());
      }
      thunk->removeFnAttr(llvm::Attribute::NoInline);
      thunk->addFnAttr(llvm::Attribute::AlwaysInline);
    }
    if (std::string error = run("always-inline"); !error.empty()) return error;
    llvm::FunctionPassManager again;
    if (llvm::Error error = builder_.parsePassPipeline(again, list)) return llvm::toString(std::move(error));
    for (llvm::Function* caller : callers) functions_.invalidate(*caller, again.run(*caller, functions_));
    return {};
  }

  llvm::Module& module_;
  llvm::LoopAnalysisManager loops_;
  llvm::FunctionAnalysisManager functions_;
  llvm::CGSCCAnalysisManager components_;
  llvm::ModuleAnalysisManager modules_;
  llvm::PassBuilder builder_;
};

std::string write_object(llvm::Module& module, llvm::TargetMachine& machine, const std::string& path) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error, llvm::sys::fs::OF_None);
  if (error) return path + ": " + error.message();
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(module.getTargetTriple()));
  if (machine.addPassesToEmitFile(passes, file, nullptr, llvm::CodeGenFileType::ObjectFile, /*DisableVerify=*/true)) return "the code generator writes no objects";
  passes.run(module);
  file.close();
  if (file.has_error()) {
    const std::string reason = path + ": " + file.error().message();
    file.clear_error();
    return reason;
  }
  return {};
}

/// Adds the functions that clang did not read. Returns the names of those that we do not read either.
std::vector<std::string> add_functions(llvm::Module& module, const llvm::MemoryBuffer& text) {
  const front::Surroundings surroundings(module);
  std::vector<std::string> unread = front::read_functions(surroundings, {text.getBufferStart(), text.getBufferSize()});
  surroundings.clean();
  return unread;
}

std::string write_names(const std::string& path, const std::vector<std::string>& names) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error) return path + ": " + error.message();
  for (const std::string& name : names) file << name << '\n';
  return {};
}

}  // namespace

std::string generate(const Job& job) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();  // the front end's inline assembly

  auto buffer = llvm::MemoryBuffer::getFile(job.bitcode);
  if (!buffer) return job.bitcode + ": " + buffer.getError().message();
  llvm::LLVMContext context;
  auto parsed = llvm::parseBitcodeFile((*buffer)->getMemBufferRef(), context);
  if (!parsed) return job.bitcode + ": " + llvm::toString(parsed.takeError());
  llvm::Module& module = **parsed;
  if (!job.functions.empty()) {
    const auto text = llvm::MemoryBuffer::getFile(job.functions);
    if (!text) return job.functions + ": " + text.getError().message();
    const std::vector<std::string> unread = add_functions(module, **text);
    if (!unread.empty()) return write_names(job.unread, unread);
  }

  const auto layout = backend::take_memory_layout(module);
  const auto copying = backend::take_copying_imports(module);
  std::string error;
  {
    const auto machine = machine_for(module, job.front_level, job.optimises, error);
    if (machine == nullptr) return error;
    module.setDataLayout(machine->createDataLayout());
    if (job.optimises) {
      for (llvm::Function& function : module) backend::free_accesses(function);
    }
    Optimiser optimiser(module, *machine);
    // As clang does at -O0: what has to be inlined is.
    error = job.optimises ? optimiser.optimise(layout.value_or(backend::MemoryLayout{}), copying) : optimiser.run("always-inline,globaldce");
    if (!error.empty()) return error;
  }
  for (std::size_t i = 0; i < job.wanted.size(); ++i) {
    const auto machine = machine_for(module, job.wanted[i].level, job.optimises, error);
    if (machine == nullptr) return error;
    // Generating code changes the module; the last level may have it.
    const bool last = i + 1 == job.wanted.size();
    const std::unique_ptr<llvm::Module> copy = last ? nullptr : llvm::CloneModule(module);
    llvm::Module& own = last ? module : *copy;
    set_level(own, job.wanted[i].level);
    if (job.optimises) {
      if (layout && job.wanted[i].level == "x86-64-v3") backend::widen_vectors(own, *machine, *layout);
      for (llvm::Function& function : own) backend::pin_accesses(function);
    }
    error = write_object(own, *machine, job.wanted[i].object);
    if (!error.empty()) return error;
  }
  return {};
}

}  // namespace ingot::compiler::native::codegen
