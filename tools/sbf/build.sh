#!/bin/bash
# build.sh PACKAGE...: builds workspace packages for Solana's SBFv0 with Debian's Rust and LLVM, and puts each program and
# its manifest (PACKAGE.so, PACKAGE.so.json) into the package's folder. See README.md.
set -euo pipefail
# shellcheck source=toolchain.sh
source "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

build() {
  local package=$1 directory target program tools
  directory=$(python3 "$here/manifest.py" directory "$package")
  target=$(target_directory)
  program=$(compile "$package" "$target")
  cp "$program" "$directory/${package//-/_}.so"
  mapfile -t tools < <(toolchain_versions)
  python3 "$here/manifest.py" write "$package" "$target/$package.dependencies" "${tools[@]}"
  say "built $(realpath --relative-to="$PWD" "$directory/${package//-/_}.so")"
}

(($#)) || { say "usage: tools/sbf/build.sh PACKAGE..., for example: tools/sbf/build.sh chorale conformance"; exit 2; }
cd "$here/../.."
require_toolchain
lock_cache
for package in "$@"; do
  build "$package"
done
