#!/bin/bash
# rustc's linker for the sbf-solana target: the bitcode of a whole program in, one SBFv0 program out.
# compile.sh sets SBF_PLUGIN (the built legalize/) and SBF_LINK (the built ../sbf-link).
set -euo pipefail

object='' output=''
while (($#)); do
  case $1 in
    -o) output=$2; shift ;;
    --export-symbols | -L | --cpu) shift ;;  # a program exports its entrypoint only; the rest is fixed below
    *.o | *.rlib)
      # compile.sh asks for this; it would not be so with other profile settings.
      [[ -z $object && $1 == *.o ]] || { echo "linker.sh: not one object: build with fat LTO" >&2; exit 1; }
      object=$1
      ;;
  esac
  shift
done

# SBFv0 has the instructions of BPF v2, and its machine loads and stores at any address.
machine=(-mcpu=v2 -mattr=+allows-misaligned-mem-access)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Comparisons of a few known bytes, such as two addresses, become loads before they would become syscalls.
# Threads do not exist, so atomics are plain accesses. Debug information would carry paths of the building machine.
passes='internalize,globaldce,lower-atomic,lto<O3>,function(expand-memcmp,instcombine,simplifycfg)'
passes+=',sbf-legalize,instcombine,globaldce,sbf-verify'
opt-22 "${machine[@]}" -strip-debug -load-pass-plugin="$SBF_PLUGIN" -internalize-public-api-list=entrypoint \
  -passes="$passes" \
  "$object" -o "$work/program.bc"
# llc repeats itself, and speaks to authors of kernel code.
explain() {
  llvm-cxxfilt-22 | sort -u |
    sed 's/Looks like the BPF stack limit.*/needs more than the 4096 bytes of a stack frame; box what is large/' >&2
}
llc-22 -march=bpfel "${machine[@]}" -bpf-stack-size=4096 -O3 -filetype=obj "$work/program.bc" -o "$work/program.o" \
  2>"$work/llc.log" || { explain <"$work/llc.log"; exit 1; }
"$SBF_LINK" "$work/program.o" "$output"
