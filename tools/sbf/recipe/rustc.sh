#!/bin/bash
# cargo's RUSTC_WRAPPER: rustc.sh RUSTC ARGUMENT...
# Cargo names each crate by a hash, -C metadata=..., which for the crates of std depends on the folder they lie in. The hash
# goes into the names of symbols, by these LLVM orders functions, and the program would differ from machine to machine. So
# the hash is made from what the crate is: package, version, features and flags. (Were two different crates to get the
# same one, rustc would stop.)
set -euo pipefail

identity=("${CARGO_PKG_NAME:-}" "${CARGO_PKG_VERSION:-}")
for argument in "$@"; do
  case $argument in
    */* | metadata=* | extra-filename=* | --extern | --error-format=* | --json=*) ;;
    *) identity+=("$argument") ;;
  esac
done
name=$(printf '%s\n' "${identity[@]}" | sha256sum | cut -c1-16)
exec "${@/#metadata=*/metadata=$name}"
