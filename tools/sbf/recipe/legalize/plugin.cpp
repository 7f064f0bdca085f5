// Registers the two passes with opt: see legalize.h for what they do.
#include "legalize.h"

#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Plugins/PassPlugin.h"

namespace {

struct Legalize : llvm::PassInfoMixin<Legalize> {
  llvm::PreservedAnalyses run(llvm::Module &module, llvm::ModuleAnalysisManager &) {
    sbf::refuseUnsupported(module);
    sbf::expandArithmetic(module);
    sbf::replaceRuntimeCalls(module);
    // Last, because the helpers made above take and return wide values too.
    sbf::narrowCalls(module);
    return llvm::PreservedAnalyses::none();
  }
  // Also for functions marked optnone: the backend refuses the same things there.
  static bool isRequired() { return true; }
};

struct Verify : llvm::PassInfoMixin<Verify> {
  llvm::PreservedAnalyses run(llvm::Module &module, llvm::ModuleAnalysisManager &) {
    sbf::refuseLeftovers(module);
    return llvm::PreservedAnalyses::all();
  }
  static bool isRequired() { return true; }
};

bool addPass(llvm::StringRef name, llvm::ModulePassManager &passes,
             llvm::ArrayRef<llvm::PassBuilder::PipelineElement>) {
  if (name == "sbf-legalize")
    passes.addPass(Legalize());
  else if (name == "sbf-verify")
    passes.addPass(Verify());
  else
    return false;
  return true;
}

}  // namespace

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "sbf-legalize", "1",
          [](llvm::PassBuilder &builder) { builder.registerPipelineParsingCallback(addPass); }};
}
