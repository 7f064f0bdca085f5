// Calls must fit the backend: five argument registers, one result register.
//
// A function's new signature depends on its old one alone, so that a direct call, a call through a vtable or function
// pointer and the function itself always agree without anyone knowing who calls whom. Each function is replaced by
// exactly one other and all uses of its address with it, so pointers still compare as they did.
#include "legalize.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"

#include <optional>

using namespace llvm;

namespace {

constexpr unsigned ArgumentRegisters = 5;
constexpr unsigned RegisterBits = 64;

// Aggregates are passed member by member, so that {i8, i8} takes two registers although it has 16 bits.
unsigned countRegisters(Type *type, const DataLayout &layout) {
  unsigned registers = 0;
  if (auto *members = dyn_cast<StructType>(type)) {
    for (Type *member : members->elements()) registers += countRegisters(member, layout);
    return registers;
  }
  if (auto *elements = dyn_cast<ArrayType>(type))
    return elements->getNumElements() * countRegisters(elements->getElementType(), layout);
  if (auto *elements = dyn_cast<FixedVectorType>(type))
    return elements->getNumElements() * countRegisters(elements->getElementType(), layout);
  return divideCeil(layout.getTypeSizeInBits(type).getFixedValue(), RegisterBits);
}

bool returnsWide(FunctionType *type, const DataLayout &layout) {
  Type *result = type->getReturnType();
  return !result->isVoidTy() && (result->isAggregateType() || countRegisters(result, layout) > 1);
}

// The signature that fits, and where the old parameters went: [result slot], the first `kept` ones, [rest].
struct Narrowed {
  FunctionType *type;
  bool resultBySlot;
  unsigned kept;
  StructType *rest;  // null when all are kept

  unsigned firstKept() const { return resultBySlot ? 1 : 0; }
};

// How many leading parameters fit the given number of registers.
unsigned countFitting(FunctionType *type, unsigned registers, const DataLayout &layout) {
  unsigned used = 0, fitting = 0;
  for (Type *parameter : type->params()) {
    used += countRegisters(parameter, layout);
    if (used > registers) break;
    ++fitting;
  }
  return fitting;
}

FunctionType *narrowedType(FunctionType *type, bool resultBySlot, unsigned kept, bool hasRest) {
  Type *pointer = PointerType::getUnqual(type->getContext());
  SmallVector<Type *> parameters;
  if (resultBySlot) parameters.push_back(pointer);
  append_range(parameters, type->params().take_front(kept));
  if (hasRest) parameters.push_back(pointer);
  Type *result = resultBySlot ? Type::getVoidTy(type->getContext()) : type->getReturnType();
  return FunctionType::get(result, parameters, false);
}

// Nothing when the signature fits as it is.
std::optional<Narrowed> narrow(FunctionType *type, const DataLayout &layout) {
  bool resultBySlot = returnsWide(type, layout);
  unsigned registers = ArgumentRegisters - (resultBySlot ? 1 : 0);
  unsigned kept = countFitting(type, registers, layout);
  StructType *rest = nullptr;
  if (kept < type->getNumParams()) {
    kept = countFitting(type, registers - 1, layout);
    rest = StructType::get(type->getContext(), type->params().drop_front(kept));
  }
  if (!resultBySlot && !rest) return std::nullopt;
  return Narrowed{narrowedType(type, resultBySlot, kept, rest != nullptr), resultBySlot, kept, rest};
}

// Whether a narrow integer arrives extended is part of the calling convention and must hold on both sides. All other
// attributes (noalias, sret, noundef, returned...) describe the old parameters and are only hints after optimisation.
AttributeSet extensionOnly(LLVMContext &context, AttributeSet old) {
  AttrBuilder kept(context);
  for (Attribute::AttrKind kind : {Attribute::ZExt, Attribute::SExt})
    if (old.hasAttribute(kind)) kept.addAttribute(kind);
  return AttributeSet::get(context, kept);
}

// A narrowed function touches its caller's slots and counts its parameters anew: what was said about either goes.
AttributeSet functionAttributes(LLVMContext &context, AttributeSet old) {
  AttrBuilder kept(context, old);
  for (Attribute::AttrKind kind :
       {Attribute::Memory, Attribute::Speculatable, Attribute::AllocSize, Attribute::AllocKind})
    kept.removeAttribute(kind);
  kept.removeAttribute("alloc-family");
  return AttributeSet::get(context, kept);
}

AttributeList narrowAttributes(LLVMContext &context, AttributeList old, const Narrowed &narrowed) {
  SmallVector<AttributeSet> parameters(narrowed.type->getNumParams());
  for (unsigned index = 0; index < narrowed.kept; ++index)
    parameters[narrowed.firstKept() + index] = extensionOnly(context, old.getParamAttrs(index));
  AttributeSet result =
      narrowed.resultBySlot ? AttributeSet() : extensionOnly(context, old.getRetAttrs());
  return AttributeList::get(context, functionAttributes(context, old.getFnAttrs()), result, parameters);
}

// A stack slot of the calling function. In its entry block, so that a call in a loop needs one slot and no dynamic
// allocation; alive only around the call, so that slots of different calls can share the 4 KiB frame.
class Slot {
 public:
  Slot(CallInst &call, Type *type) {
    IRBuilder<> entry(&*call.getFunction()->getEntryBlock().getFirstInsertionPt());
    slot = entry.CreateAlloca(type);
    IRBuilder<>(&call).CreateLifetimeStart(slot);
  }
  Value *address() const { return slot; }
  // `at` stands after the call.
  void end(IRBuilder<> &at) const { at.CreateLifetimeEnd(slot); }

 private:
  AllocaInst *slot;
};

void storeRest(IRBuilder<> &at, CallInst &call, const Narrowed &narrowed, Value *slot) {
  for (unsigned index = narrowed.kept; index < call.arg_size(); ++index)
    at.CreateStore(call.getArgOperand(index), at.CreateStructGEP(narrowed.rest, slot, index - narrowed.kept));
}

CallInst *callNarrowed(IRBuilder<> &at, CallInst &old, const Narrowed &narrowed, ArrayRef<Value *> arguments) {
  // Not marked `tail` whatever the old call was: it may use slots of this frame.
  CallInst *call = at.CreateCall(narrowed.type, old.getCalledOperand(), arguments);
  call->setCallingConv(old.getCallingConv());
  call->setAttributes(narrowAttributes(old.getContext(), old.getAttributes(), narrowed));
  return call;
}

void rewriteCall(CallInst &old, const Narrowed &narrowed) {
  std::optional<Slot> result, rest;
  if (narrowed.resultBySlot) result.emplace(old, old.getType());
  if (narrowed.rest) rest.emplace(old, narrowed.rest);
  IRBuilder<> at(&old);
  SmallVector<Value *> arguments;
  if (result) arguments.push_back(result->address());
  arguments.append(old.arg_begin(), old.arg_begin() + narrowed.kept);
  if (rest) storeRest(at, old, narrowed, rest->address());
  if (rest) arguments.push_back(rest->address());
  Value *value = callNarrowed(at, old, narrowed, arguments);
  if (rest) rest->end(at);
  if (result) value = at.CreateLoad(old.getType(), result->address());
  if (result) result->end(at);
  if (!old.getType()->isVoidTy()) old.replaceAllUsesWith(value);
  old.eraseFromParent();
}

Function *declareNarrowed(Function &old, const Narrowed &narrowed) {
  auto *function = Function::Create(narrowed.type, old.getLinkage(), old.getAddressSpace(), "", old.getParent());
  function->copyAttributesFrom(&old);
  function->setAttributes(narrowAttributes(old.getContext(), old.getAttributes(), narrowed));
  function->setComdat(old.getComdat());
  function->takeName(&old);
  return function;
}

void moveArguments(Function &old, Function &function, const Narrowed &narrowed) {
  for (unsigned index = 0; index < narrowed.kept; ++index)
    old.getArg(index)->replaceAllUsesWith(function.getArg(narrowed.firstKept() + index));
  if (!narrowed.rest) return;
  IRBuilder<> entry(&*function.getEntryBlock().getFirstInsertionPt());
  Value *slot = function.getArg(function.arg_size() - 1);
  for (unsigned index = narrowed.kept; index < old.arg_size(); ++index) {
    Value *address = entry.CreateStructGEP(narrowed.rest, slot, index - narrowed.kept);
    old.getArg(index)->replaceAllUsesWith(entry.CreateLoad(old.getArg(index)->getType(), address));
  }
}

void returnThroughSlot(Function &function) {
  for (BasicBlock &block : function) {
    auto *leave = dyn_cast<ReturnInst>(block.getTerminator());
    if (!leave) continue;
    IRBuilder<> at(leave);
    at.CreateStore(leave->getReturnValue(), function.getArg(0));
    at.CreateRetVoid();
    leave->eraseFromParent();
  }
}

void rewriteFunction(Function &old, const Narrowed &narrowed) {
  Function *function = declareNarrowed(old, narrowed);
  function->splice(function->begin(), &old);
  moveArguments(old, *function, narrowed);
  if (narrowed.resultBySlot) returnThroughSlot(*function);
  old.replaceAllUsesWith(function);
  old.eraseFromParent();
}

// The backend refuses the attribute, which says nothing to it: a result pointer is a pointer.
template <typename CallOrFunction>
void forgetResultPointers(CallOrFunction &target) {
  for (unsigned index = 0; index < target.arg_size(); ++index) target.removeParamAttr(index, Attribute::StructRet);
}

bool isOrdinary(const CallInst &call) { return !call.isInlineAsm() && !isa<IntrinsicInst>(call); }

SmallVector<Function *> definitions(Module &module) {
  SmallVector<Function *> found;
  for (Function &function : module)
    if (!function.isDeclaration()) found.push_back(&function);
  return found;
}

}  // namespace

bool sbf::isWide(FunctionType *type, const DataLayout &layout) { return narrow(type, layout).has_value(); }

void sbf::narrowCalls(Module &module) {
  const DataLayout &layout = module.getDataLayout();
  for (CallInst *call : collect<CallInst>(module, isOrdinary)) {
    forgetResultPointers(*call);
    if (auto narrowed = narrow(call->getFunctionType(), layout)) rewriteCall(*call, *narrowed);
  }
  for (Function *function : definitions(module)) {
    forgetResultPointers(*function);
    if (auto narrowed = narrow(function->getFunctionType(), layout)) rewriteFunction(*function, *narrowed);
  }
}
