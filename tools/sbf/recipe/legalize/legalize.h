// An LLVM 22 plugin that rewrites what upstream LLVM's BPF backend refuses, so that Rust programs compile for
// Solana's SBFv0 without Solana's own LLVM. It runs after link-time optimisation and before llc.
//
// Pass `sbf-legalize`, in this order:
//   refuse.cpp      stops, naming the function, at what nothing below can lower: see there
//   arithmetic.cpp  signed division, remainder                -> unsigned ones of the absolute values
//                   division, remainder over 64 bits          -> one bit-serial helper function each
//                   multiplication that reports overflow      -> a multiplication in twice the width, and a comparison
//                   multiplication over 64 bits               -> 64-bit limbs
//                   shift over 64 bits by a variable amount   -> 64-bit shifts and selects
//   memory.cpp      large or variable llvm.memcpy, memmove, memset -> sol_memmove_, sol_memset_
//                   memcmp, bcmp that are no loads yet        -> sol_memcmp_
//                   llvm.trap                                 -> the abort syscall
//   calls.cpp       more than five argument registers         -> the tail goes through a stack slot of the caller
//                   results that do not fit one register      -> a result slot of the caller
//                   the sret attribute                        -> none
// Pass `sbf-verify`, last:
//   refuse.cpp      stops at mutable statics, at symbols that are no syscalls, and at anything the clean-up between
//                   the two passes may have brought back
#pragma once

#include "llvm/IR/Module.h"

namespace sbf {

// A function the backend cannot give five registers of arguments and one of result is "wide".
bool isWide(llvm::FunctionType *type, const llvm::DataLayout &layout);

// Whether expandArithmetic rewrites this instruction.
bool isExpanded(const llvm::Instruction &instruction);

void refuseUnsupported(llvm::Module &module);
void expandArithmetic(llvm::Module &module);
void replaceRuntimeCalls(llvm::Module &module);
void narrowCalls(llvm::Module &module);
void refuseLeftovers(llvm::Module &module);

// The instructions of type Kind for which `wanted` holds. Collected first, because every caller rewrites what it walks.
template <typename Kind, typename Wanted>
llvm::SmallVector<Kind *> collect(llvm::Module &module, Wanted wanted) {
  llvm::SmallVector<Kind *> found;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block)
        if (auto *candidate = llvm::dyn_cast<Kind>(&instruction); candidate && wanted(*candidate))
          found.push_back(candidate);
  return found;
}

}  // namespace sbf
