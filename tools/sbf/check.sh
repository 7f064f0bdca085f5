#!/bin/bash
# check.sh PACKAGE...: builds the packages again from nothing and compares with the committed programs.
# Ends with 0 when all are the same to the byte, 1 when one is out of date or differs, 3 when one cannot be compared
# because it was built with other versions of the tools.
set -euo pipefail
# shellcheck source=toolchain.sh
source "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

check() {
  local package=$1 committed tools rebuilt
  committed=$(python3 "$here/manifest.py" directory "$package")/${package//-/_}.so
  python3 "$here/manifest.py" verify "$package" || return 1
  mapfile -t tools < <(toolchain_versions)
  python3 "$here/manifest.py" toolchain "$package" "${tools[@]}" || return 3
  rebuilt=$(compile "$package" "$scratch/$package")
  cmp "$rebuilt" "$committed" >&2 || { say "$package: the rebuilt program differs from $committed"; return 1; }
  say "$package: rebuilt, the same $(stat --format=%s "$committed") bytes"
}

(($#)) || { say "usage: tools/sbf/check.sh PACKAGE..., for example: tools/sbf/check.sh chorale conformance"; exit 2; }
cd "$here/../.."
require_toolchain
lock_cache
scratch=$(mktemp -d "$cache/check-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
result=0
for package in "$@"; do
  # Not `check || ...`: that would let it go on after a command that failed.
  set +e
  (set -e; check "$package")
  status=$?
  set -e
  ((status == 0)) || result=$status
done
exit "$result"
