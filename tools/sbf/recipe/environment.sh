# shellcheck shell=bash
# Sourced before cargo runs: what the caller's environment says about other builds must not reach ours.
while read -r variable; do
  unset "$variable"
done < <(compgen -e | grep -E '^(CARGO_(BUILD|PROFILE|TARGET|ENCODED|INCREMENTAL|UNSTABLE)|RUSTFLAGS|RUSTC)')
export RUSTC=/usr/bin/rustc LC_ALL=C
