// Integer arithmetic that the backend refuses or would turn into calls of a runtime library it does not have.
#include "legalize.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/IntegerDivision.h"

using namespace llvm;

namespace {

using Body = function_ref<Value *(IRBuilder<> &, Function &)>;

// The internal function `name`, made when first asked for: shared, since programs with overflow checks multiply often.
Function *helper(Module &module, StringRef name, Type *result, ArrayRef<Type *> parameters, Body body) {
  if (Function *known = module.getFunction(name)) return known;
  auto *type = FunctionType::get(result, parameters, false);
  auto *function = Function::Create(type, GlobalValue::InternalLinkage, name, module);
  function->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> at(BasicBlock::Create(module.getContext(), "", function));
  at.CreateRet(body(at, *function));
  return function;
}

void replace(Instruction &old, Value *value) {
  old.replaceAllUsesWith(value);
  old.eraseFromParent();
}

// ---- multiplication

// The high half of the product of two 64-bit numbers, from four products of 32-bit parts.
Value *multiplyHighBody(IRBuilder<> &at, Function &function) {
  Value *a = function.getArg(0), *b = function.getArg(1);
  auto low = [&](Value *value) { return at.CreateAnd(value, at.getInt64(UINT32_MAX)); };
  auto high = [&](Value *value) { return at.CreateLShr(value, 32); };
  Value *lowLow = at.CreateMul(low(a), low(b)), *lowHigh = at.CreateMul(low(a), high(b));
  Value *highLow = at.CreateMul(high(a), low(b)), *highHigh = at.CreateMul(high(a), high(b));
  Value *middle = at.CreateAdd(at.CreateAdd(high(lowLow), low(lowHigh)), low(highLow));
  return at.CreateAdd(at.CreateAdd(highHigh, high(middle)), at.CreateAdd(high(lowHigh), high(highLow)));
}

Value *multiplyHigh(IRBuilder<> &at, Value *a, Value *b) {
  Type *word = at.getInt64Ty();
  Module &module = *at.GetInsertBlock()->getModule();
  return at.CreateCall(helper(module, "sbf.multiply_high", word, {word, word}, multiplyHighBody), {a, b});
}

unsigned countLimbs(Type *type) { return divideCeil(type->getIntegerBitWidth(), 64); }

// A number's 64-bit limbs, the lowest first.
SmallVector<Value *> limbsOf(IRBuilder<> &at, Value *value) {
  SmallVector<Value *> limbs;
  Value *whole = at.CreateZExt(value, at.getIntNTy(64 * countLimbs(value->getType())));
  for (unsigned limb = 0; limb < countLimbs(value->getType()); ++limb)
    limbs.push_back(at.CreateTrunc(at.CreateLShr(whole, 64 * limb), at.getInt64Ty()));
  return limbs;
}

Value *addLimb(IRBuilder<> &at, Value *sum, Value *limb, unsigned place) {
  return at.CreateAdd(sum, at.CreateShl(at.CreateZExt(limb, sum->getType()), 64 * place));
}

// The product of two unsigned numbers modulo 2^(64 * limbs), multiplied as at school.
Value *multiplyLimbs(IRBuilder<> &at, Value *left, Value *right, unsigned limbs) {
  auto a = limbsOf(at, left), b = limbsOf(at, right);
  Value *sum = ConstantInt::get(at.getIntNTy(64 * limbs), 0);
  for (unsigned i = 0; i < a.size(); ++i)
    for (unsigned j = 0; j < b.size() && i + j < limbs; ++j) {
      sum = addLimb(at, sum, at.CreateMul(a[i], b[j]), i + j);
      if (i + j + 1 < limbs) sum = addLimb(at, sum, multiplyHigh(at, a[i], b[j]), i + j + 1);
    }
  return sum;
}

// Of any width: LLVM makes odd ones for sums of series, and core multiplies in 256 bits to print a u128.
void expandMultiply(BinaryOperator &old) {
  IRBuilder<> at(&old);
  Value *product = multiplyLimbs(at, old.getOperand(0), old.getOperand(1), countLimbs(old.getType()));
  replace(old, at.CreateTrunc(product, old.getType()));
}

// ---- multiplication with overflow

// Read as unsigned, a negative factor is too large by 2^bits, and so the product by the other factor times that.
Value *signedExcess(IRBuilder<> &at, Value *factor, Value *other, Type *whole) {
  unsigned bits = factor->getType()->getIntegerBitWidth();
  Value *zero = ConstantInt::get(whole, 0);
  Value *isNegative = at.CreateICmpSLT(factor, ConstantInt::get(factor->getType(), 0));
  return at.CreateSelect(isNegative, at.CreateShl(at.CreateZExt(other, whole), bits), zero);
}

// {product, whether it was cut}: multiplies in twice the width and looks whether the product survives being cut.
Value *multiplyAndCompare(IRBuilder<> &at, Type *result, Value *a, Value *b, bool isSigned) {
  Value *whole = multiplyLimbs(at, a, b, 2 * countLimbs(a->getType()));
  if (isSigned) whole = at.CreateSub(whole, signedExcess(at, a, b, whole->getType()));
  if (isSigned) whole = at.CreateSub(whole, signedExcess(at, b, a, whole->getType()));
  Value *cut = at.CreateTrunc(whole, a->getType());
  Value *overflow = at.CreateICmpNE(whole, at.CreateIntCast(cut, whole->getType(), isSigned));
  return at.CreateInsertValue(at.CreateInsertValue(PoisonValue::get(result), cut, 0), overflow, 1);
}

// Over 64 bits that is much code: one function for each width.
Value *callMultiplyAndCompare(IRBuilder<> &at, WithOverflowInst &old) {
  Type *type = old.getLHS()->getType();
  bool isSigned = old.isSigned();
  std::string name = (Twine(isSigned ? "sbf.multiply_signed." : "sbf.multiply_unsigned.") +
                      Twine(type->getIntegerBitWidth())).str();
  Function *function = helper(*old.getModule(), name, old.getType(), {type, type}, [&](IRBuilder<> &at, Function &f) {
    return multiplyAndCompare(at, old.getType(), f.getArg(0), f.getArg(1), isSigned);
  });
  return at.CreateCall(function, {old.getLHS(), old.getRHS()});
}

void expandOverflow(WithOverflowInst &old) {
  IRBuilder<> at(&old);
  bool isWord = old.getLHS()->getType()->getIntegerBitWidth() <= 64;
  replace(old, isWord ? multiplyAndCompare(at, old.getType(), old.getLHS(), old.getRHS(), old.isSigned())
                      : callMultiplyAndCompare(at, old));
}

// ---- division

bool isQuotient(const BinaryOperator &division) {
  return division.getOpcode() == Instruction::UDiv || division.getOpcode() == Instruction::SDiv;
}

Value *negateIf(IRBuilder<> &at, Value *condition, Value *value) {
  return at.CreateSelect(condition, at.CreateNeg(value), value);
}

// Divides the absolute values. The quotient is negative when the signs differ, the remainder when the dividend is.
void expandSigned(BinaryOperator &old) {
  IRBuilder<> at(&old);
  Value *dividend = old.getOperand(0), *divisor = old.getOperand(1), *zero = ConstantInt::get(old.getType(), 0);
  Value *isNegative = at.CreateICmpSLT(dividend, zero), *byNegative = at.CreateICmpSLT(divisor, zero);
  Value *a = negateIf(at, isNegative, dividend), *b = negateIf(at, byNegative, divisor);
  if (isQuotient(old))
    replace(old, negateIf(at, at.CreateXor(isNegative, byNegative), at.CreateUDiv(a, b)));
  else
    replace(old, negateIf(at, isNegative, at.CreateURem(a, b)));
}

// One function for quotients and one for remainders, with LLVM's own bit-serial expansion in it: small code, but up to
// about two thousand compute units.
Function *divider(Module &module, Instruction::BinaryOps operation) {
  std::string name = (Twine("sbf.") + Instruction::getOpcodeName(operation)).str();
  Type *wide = Type::getInt128Ty(module.getContext());
  return helper(module, name, wide, {wide, wide}, [&](IRBuilder<> &at, Function &function) {
    return at.CreateBinOp(operation, function.getArg(0), function.getArg(1));
  });
}

void callDivider(BinaryOperator &old) {
  IRBuilder<> at(&old);
  Type *wide = at.getInt128Ty();
  Value *result = at.CreateCall(divider(*old.getModule(), old.getOpcode()),
                                {at.CreateZExt(old.getOperand(0), wide), at.CreateZExt(old.getOperand(1), wide)});
  replace(old, at.CreateTrunc(result, old.getType()));
}

void expandDivider(BinaryOperator &inside) {
  isQuotient(inside) ? expandDivision(&inside) : expandRemainder(&inside);
}

// ---- shifts

// A 128-bit number as two 64-bit ones.
struct Halves {
  Value *low, *high;

  Halves(Value *low, Value *high) : low(low), high(high) {}
  Halves(IRBuilder<> &at, Value *whole)
      : low(at.CreateTrunc(whole, at.getInt64Ty())), high(at.CreateTrunc(at.CreateLShr(whole, 64), at.getInt64Ty())) {}

  Value *join(IRBuilder<> &at) const {
    Value *upper = at.CreateShl(at.CreateZExt(high, at.getInt128Ty()), 64);
    return at.CreateOr(upper, at.CreateZExt(low, at.getInt128Ty()));
  }
};

// Funnel shifts of the two halves by the amount modulo 64; from 64 on, the halves move over by one.
Halves shiftHalves(IRBuilder<> &at, Instruction::BinaryOps operation, Halves value, Value *amount) {
  Value *inner = at.CreateAnd(amount, at.getInt64(63)), *rest = at.CreateXor(inner, at.getInt64(63));
  Value *crossing = at.CreateIsNotNull(at.CreateAnd(amount, at.getInt64(64)));
  if (operation == Instruction::Shl) {
    Value *low = at.CreateShl(value.low, inner);
    // By one and then by the rest, since a shift by 64 would be undefined.
    Value *high = at.CreateOr(at.CreateShl(value.high, inner), at.CreateLShr(at.CreateLShr(value.low, 1), rest));
    return {at.CreateSelect(crossing, at.getInt64(0), low), at.CreateSelect(crossing, low, high)};
  }
  Value *high = at.CreateBinOp(operation, value.high, inner);
  Value *low = at.CreateOr(at.CreateLShr(value.low, inner), at.CreateShl(at.CreateShl(value.high, 1), rest));
  Value *fill = operation == Instruction::AShr ? at.CreateAShr(value.high, 63) : at.getInt64(0);
  return {at.CreateSelect(crossing, high, low), at.CreateSelect(crossing, fill, high)};
}

void expandShift(BinaryOperator &old) {
  IRBuilder<> at(&old);
  bool isSigned = old.getOpcode() == Instruction::AShr;
  Value *wide = at.CreateIntCast(old.getOperand(0), at.getInt128Ty(), isSigned);
  // An amount of the width or more has no defined result, so that its low bits are all there is to it.
  Value *amount = at.CreateTrunc(old.getOperand(1), at.getInt64Ty());
  Halves shifted = shiftHalves(at, old.getOpcode(), Halves(at, wide), amount);
  replace(old, at.CreateTrunc(shifted.join(at), old.getType()));
}

// ---- what to expand

bool isOver64Bits(const BinaryOperator &operation) {
  return operation.getType()->isIntegerTy() && operation.getType()->getIntegerBitWidth() > 64;
}

bool isWideMultiply(const BinaryOperator &operation) {
  return operation.getOpcode() == Instruction::Mul && isOver64Bits(operation);
}

bool isWideDivision(const BinaryOperator &operation) { return operation.isIntDivRem() && isOver64Bits(operation); }

bool isSignedDivision(const BinaryOperator &operation) {
  return operation.getOpcode() == Instruction::SDiv || operation.getOpcode() == Instruction::SRem;
}

bool isWideVariableShift(const BinaryOperator &operation) {
  return operation.isShift() && isOver64Bits(operation) && !isa<Constant>(operation.getOperand(1));
}

// Up to 32 bits the backend multiplies in 64 and compares by itself.
bool isWideOverflow(const WithOverflowInst &operation) {
  Type *type = operation.getLHS()->getType();
  return operation.getBinaryOp() == Instruction::Mul && type->isIntegerTy() && type->getIntegerBitWidth() > 32;
}

}  // namespace

void sbf::expandArithmetic(Module &module) {
  for (auto *division : collect<BinaryOperator>(module, isSignedDivision)) expandSigned(*division);
  for (auto *division : collect<BinaryOperator>(module, isWideDivision)) callDivider(*division);
  for (auto *inside : collect<BinaryOperator>(module, isWideDivision)) expandDivider(*inside);
  for (auto *overflow : collect<WithOverflowInst>(module, isWideOverflow)) expandOverflow(*overflow);
  for (auto *multiply : collect<BinaryOperator>(module, isWideMultiply)) expandMultiply(*multiply);
  for (auto *shift : collect<BinaryOperator>(module, isWideVariableShift)) expandShift(*shift);
}

bool sbf::isExpanded(const Instruction &instruction) {
  if (auto *operation = dyn_cast<BinaryOperator>(&instruction))
    return isSignedDivision(*operation) || isWideDivision(*operation) || isWideMultiply(*operation) ||
           isWideVariableShift(*operation);
  auto *overflow = dyn_cast<WithOverflowInst>(&instruction);
  return overflow && isWideOverflow(*overflow);
}
