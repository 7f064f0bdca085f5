// Stops the build at what cannot become an SBFv0 program, and says where and what to do instead.
#include "legalize.h"

#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/WithColor.h"

#include <cstdlib>
#include <set>
#include <string>

using namespace llvm;

namespace {

constexpr unsigned WidestInteger = 128;

// Prints every finding once, so that one build shows all there is to change.
class Findings {
 public:
  void add(const GlobalValue &where, const Twine &what) {
    std::string finding = (Twine(demangle(where.getName())) + ": " + what).str();
    if (known.insert(finding).second) WithColor::error(errs(), "sbf-legalize") << finding << "\n";
  }
  void stopIfAny() const {
    if (!known.empty()) std::exit(EXIT_FAILURE);
  }

 private:
  std::set<std::string> known;
};

bool computesFloats(const Instruction &instruction) {
  if (isa<FCmpInst, FPToUIInst, FPToSIInst, UIToFPInst, SIToFPInst, FPTruncInst, FPExtInst>(instruction)) return true;
  // Loads, stores and sign changes of floats are integer operations to the backend.
  return isa<BinaryOperator>(instruction) && instruction.getType()->isFPOrFPVectorTy();
}

// Multiplication is expanded at any width, division and shifts at 128 bits.
bool isTooWide(const Instruction &instruction) {
  Type *type = instruction.getType();
  bool isTooWide = type->isIntegerTy() && type->getIntegerBitWidth() > WidestInteger;
  return isTooWide && instruction.getOpcode() != Instruction::Mul && sbf::isExpanded(instruction);
}

bool isWideVector(const Instruction &instruction) {
  return instruction.getType()->isVectorTy() && instruction.getType()->getScalarSizeInBits() > 64;
}

bool unwinds(const Instruction &instruction) {
  return isa<InvokeInst, ResumeInst, LandingPadInst>(instruction) || isa<CallBrInst>(instruction);
}

bool isDynamicSlot(const Instruction &instruction) {
  auto *slot = dyn_cast<AllocaInst>(&instruction);
  return slot && !slot->isStaticAlloca();
}

void checkInstruction(const Instruction &instruction, Findings &findings) {
  const Function &where = *instruction.getFunction();
  if (computesFloats(instruction)) findings.add(where, "floating-point arithmetic; use integers");
  if (isTooWide(instruction)) findings.add(where, "a division or shift of an integer over 128 bits");
  if (isWideVector(instruction)) findings.add(where, "vectors of integers over 64 bits; use scalars");
  if (unwinds(instruction)) findings.add(where, "unwinding; build with -Cpanic=immediate-abort");
  if (isDynamicSlot(instruction)) findings.add(where, "a stack slot of variable size; use the heap");
}

bool passesByValue(const CallBase &call) {
  for (unsigned index = 0; index < call.arg_size(); ++index)
    if (call.isPassPointeeByValueArgument(index)) return true;
  return false;
}

// A call and the function it calls are narrowed each by its own type: they must be the same.
bool disagrees(const CallInst &call) {
  auto *callee = dyn_cast<Function>(call.getCalledOperand()->stripPointerCasts());
  if (!callee || callee->getFunctionType() == call.getFunctionType()) return false;
  const DataLayout &layout = call.getDataLayout();
  return sbf::isWide(call.getFunctionType(), layout) || sbf::isWide(callee->getFunctionType(), layout);
}

void checkCall(const CallInst &call, Findings &findings) {
  const Function &where = *call.getFunction();
  if (call.isInlineAsm() || isa<IntrinsicInst>(call)) return;
  if (call.getFunctionType()->isVarArg()) findings.add(where, "a call with variable arguments");
  if (call.isMustTailCall()) findings.add(where, "a guaranteed tail call (`become`)");
  if (call.hasOperandBundles()) findings.add(where, "a call with operand bundles");
  if (passesByValue(call)) findings.add(where, "an argument passed by value on the stack; pass a reference");
  if (disagrees(call)) findings.add(where, "a call that disagrees with its function's type");
}

void checkSignature(const Function &function, Findings &findings) {
  if (function.isIntrinsic()) return;
  FunctionType *type = function.getFunctionType();
  if (type->isVarArg()) findings.add(function, "variable arguments");
  if (function.isDeclaration() && sbf::isWide(type, function.getDataLayout()))
    findings.add(function, "an external function that takes more than five registers or returns more than one; no syscall does");
}

bool isSyscall(const Function &function) {
  return function.getName() == "abort" || function.getName().starts_with("sol_");
}

void checkLinkage(const Function &function, Findings &findings) {
  if (function.isIntrinsic() || function.use_empty() || !function.isDeclaration() || isSyscall(function)) return;
  findings.add(function, "undefined, and no Solana syscall (sol_... or abort)");
}

void checkStatic(const GlobalVariable &variable, Findings &findings) {
  if (variable.getName().starts_with("llvm.")) return;  // lists for the optimiser, not data
  if (variable.isDeclaration()) findings.add(variable, "an undefined static");
  if (!variable.isConstant()) findings.add(variable, "a mutable static; a program has none, use accounts");
}

bool isNarrow(const CallInst &call) { return !sbf::isWide(call.getFunctionType(), call.getDataLayout()); }

void checkLowered(const Instruction &instruction, Findings &findings) {
  auto *call = dyn_cast<CallInst>(&instruction);
  bool isCall = call && !call->isInlineAsm() && !isa<IntrinsicInst>(call);
  if (sbf::isExpanded(instruction) || (isCall && !isNarrow(*call)))
    findings.add(*instruction.getFunction(), "not lowered; this is an error in tools/sbf/recipe/legalize");
}

}  // namespace

void sbf::refuseUnsupported(Module &module) {
  Findings findings;
  for (const Function &function : module) checkSignature(function, findings);
  for (const Instruction *instruction : collect<Instruction>(module, [](auto &) { return true; })) {
    checkInstruction(*instruction, findings);
    if (auto *call = dyn_cast<CallInst>(instruction)) checkCall(*call, findings);
  }
  findings.stopIfAny();
}

void sbf::refuseLeftovers(Module &module) {
  Findings findings;
  for (const Function &function : module) checkLinkage(function, findings);
  for (const GlobalVariable &variable : module.globals()) checkStatic(variable, findings);
  for (const Instruction *instruction : collect<Instruction>(module, [](auto &) { return true; }))
    checkLowered(*instruction, findings);
  findings.stopIfAny();
}
