// Memory operations and traps become Solana's syscalls.
#include "legalize.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace {

// Up to these sizes the backend's own loads and stores cost fewer compute units than a syscall (10 and the call around
// it). A move loads everything before it stores anything, so that it runs out of registers sooner.
constexpr uint64_t InlineCopyBytes = 64;
constexpr uint64_t InlineMoveBytes = 32;

bool isShort(const Value *length, uint64_t limit) {
  auto *constant = dyn_cast<ConstantInt>(length);
  return constant && constant->getValue().ule(limit);
}

FunctionCallee syscall(Module &module, StringRef name, ArrayRef<Type *> parameters) {
  Type *nothing = Type::getVoidTy(module.getContext());
  return module.getOrInsertFunction(name, FunctionType::get(nothing, parameters, false));
}

Value *asLength(IRBuilder<> &at, Value *length) { return at.CreateZExtOrTrunc(length, at.getInt64Ty()); }

void replaceSet(MemSetInst &set) {
  IRBuilder<> at(&set);
  auto function = syscall(*set.getModule(), "sol_memset_", {at.getPtrTy(), at.getInt8Ty(), at.getInt64Ty()});
  at.CreateCall(function, {set.getRawDest(), set.getValue(), asLength(at, set.getLength())});
  set.eraseFromParent();
}

// Always sol_memmove_: llvm.memcpy allows a copy onto itself, at which sol_memcpy_ would end the program. The price
// is the same.
void replaceTransfer(MemTransferInst &transfer) {
  IRBuilder<> at(&transfer);
  auto function = syscall(*transfer.getModule(), "sol_memmove_", {at.getPtrTy(), at.getPtrTy(), at.getInt64Ty()});
  at.CreateCall(function, {transfer.getRawDest(), transfer.getRawSource(), asLength(at, transfer.getLength())});
  transfer.eraseFromParent();
}

// sol_memcmp_ answers through a pointer. Its slot is in the entry block, where it is no dynamic allocation even when
// the comparison is in a loop.
void replaceCompare(CallInst &compare) {
  IRBuilder<> entry(&*compare.getFunction()->getEntryBlock().getFirstInsertionPt());
  Value *answer = entry.CreateAlloca(entry.getInt32Ty());
  IRBuilder<> at(&compare);
  Type *pointer = at.getPtrTy();
  auto function = syscall(*compare.getModule(), "sol_memcmp_", {pointer, pointer, at.getInt64Ty(), pointer});
  at.CreateCall(function, {compare.getArgOperand(0), compare.getArgOperand(1),
                           asLength(at, compare.getArgOperand(2)), answer});
  Value *result = at.CreateLoad(at.getInt32Ty(), answer);
  compare.replaceAllUsesWith(at.CreateSExtOrTrunc(result, compare.getType()));
  compare.eraseFromParent();
}

void replaceTrap(CallInst &trap) {
  IRBuilder<> at(&trap);
  at.CreateCall(syscall(*trap.getModule(), "abort", {}))->setDoesNotReturn();
  trap.eraseFromParent();
}

bool isCompare(const CallInst &call) {
  const Function *callee = call.getCalledFunction();
  return callee && callee->isDeclaration() && (callee->getName() == "memcmp" || callee->getName() == "bcmp");
}

bool isLongTransfer(const MemTransferInst &transfer) {
  return !isShort(transfer.getLength(), isa<MemCpyInst>(transfer) ? InlineCopyBytes : InlineMoveBytes);
}

}  // namespace

void sbf::replaceRuntimeCalls(Module &module) {
  for (auto *set : collect<MemSetInst>(module, [](auto &set) { return !isShort(set.getLength(), InlineCopyBytes); }))
    replaceSet(*set);
  for (auto *transfer : collect<MemTransferInst>(module, isLongTransfer))
    replaceTransfer(*transfer);
  for (auto *compare : collect<CallInst>(module, isCompare))
    replaceCompare(*compare);
  for (auto *trap : collect<IntrinsicInst>(module, [](auto &i) { return i.getIntrinsicID() == Intrinsic::trap; }))
    replaceTrap(*trap);
}
