# shellcheck shell=bash
# Sourced by build.sh and check.sh: the pinned tools, and what is made from them once and kept in the cache.
# Every part's directory is named by a hash of all it was made from, so that a change there makes it anew.

# A failing command ends the script also inside $(...).
shopt -s inherit_errexit

RUST=1.96.0
LLVM=22.1.8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CHORALE_CACHE:-$HOME/.cache/chorale}/sbf

say() { echo "tools/sbf: $*" >&2; }

# need PACKAGES FILE...: notes the Debian packages when one of the files is not there.
need() {
  local packages file
  read -ra packages <<<"$1"
  for file in "${@:2}"; do
    [[ -e $file ]] || { missing+=("${packages[@]}"); return 0; }
  done
}

require_toolchain() {
  missing=()
  need "rustc-web cargo-web rust-web-src" /usr/bin/rustc /usr/bin/cargo "$(rust_library)/std/src/lib.rs"
  need "llvm-22 llvm-22-dev" /usr/bin/{opt,llc,llvm-config}-22 /usr/lib/llvm-22/include/llvm/IR/Module.h
  need g++ /usr/bin/g++
  need python3 /usr/bin/python3
  if ((${#missing[@]})); then
    say "something to build with is missing. Run: apt-get update && apt-get install -y ${missing[*]}"
    say "(packages of Debian 12; elsewhere build programs with Solana's own cargo build-sbf, see tools/sbf/README.md)"
    exit 1
  fi
  warn_unless_pinned rustc "$(rust_version)" $RUST
  warn_unless_pinned LLVM "$(llvm-config-22 --version)" $LLVM
}

rust_version() { /usr/bin/rustc --version 2>/dev/null | cut -d' ' -f2; }

rust_library() { echo "/usr/src/rustc-$(rust_version)/library"; }

warn_unless_pinned() {
  [[ $2 == "$3" ]] || say "$1 is $2, pinned is $3: the build may fail, and its bytes will differ"
}

# TOOL=VERSION lines of everything that has a say in a program's bytes.
toolchain_versions() {
  echo "rustc=$(/usr/bin/rustc --version)"
  echo "rust-src=$(dpkg-query --show --showformat='${Version}' rust-web-src 2>/dev/null || rust_version)"
  echo "llvm=$(llvm-config-22 --version)"
  echo "sbpf-linker=$(sed -n 's/^sbpf-linker = "=\(.*\)"$/\1/p' "$here/sbf-link/Cargo.toml")"
}

# key TEXT FILE...: names what is made from the text and the files.
key() {
  local text=$1
  shift
  { echo "$text"; cat "$@"; } | sha256sum | cut -c1-16
}

# made DIRECTORY: whether it is there; if not, removes its predecessors and starts DIRECTORY.new.
made() {
  [[ ! -d $1 ]] || return 0
  rm -rf "${1%-*}"-*
  mkdir -p "$1.new"
  return 1
}

library() {
  local directory
  directory=$cache/library-$(key "$(toolchain_versions)" "$here/recipe/patch_std.py")
  if ! made "$directory"; then
    say "patching Rust's library sources"
    cp -r "$(rust_library)/." "$directory.new"
    python3 "$here/recipe/patch_std.py" "$directory.new"
    mv "$directory.new" "$directory"
  fi
  echo "$directory"
}

plugin() {
  local directory
  directory=$cache/legalize-$(key "$(llvm-config-22 --version)" "$here"/recipe/legalize/*)
  if ! made "$directory"; then
    say "building the LLVM passes"
    local flags
    read -ra flags < <(llvm-config-22 --cxxflags)
    flags+=(-std=c++17 -O1 -fPIC -shared -fno-rtti)
    g++ "${flags[@]}" "$here"/recipe/legalize/*.cpp -o "$directory.new/legalize.so"
    mv "$directory.new" "$directory"
  fi
  echo "$directory/legalize.so"
}

sbf_link() {
  local directory
  directory=$cache/link-$(key "$(/usr/bin/rustc --version)" "$here"/sbf-link/{Cargo.toml,Cargo.lock,src/main.rs})
  if ! made "$directory"; then
    say "building sbf-link (some minutes, once)"
    # shellcheck source=recipe/environment.sh
    (
      source "$here/recipe/environment.sh"
      export CARGO_TARGET_DIR=$directory.new/target
      /usr/bin/cargo install --quiet --locked --path "$here/sbf-link" --root "$directory.new"
    )
    rm -rf "$directory.new/target"
    mv "$directory.new" "$directory"
  fi
  echo "$directory/bin/sbf-link"
}

# Where cargo keeps what it compiled: anew for every recipe and toolchain, since cargo looks at neither.
target_directory() {
  local directory
  directory=$cache/target-$(key "$(python3 "$here/manifest.py" recipe) $(toolchain_versions)")
  made "$directory" || mv "$directory.new" "$directory"
  echo "$directory"
}

# One build at a time in this cache, for the rest of the script.
lock_cache() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock --nonblock 9 || { say "waiting for another build"; flock 9; }
}

# compile PACKAGE TARGET_DIRECTORY: leaves the program there and prints its path.
compile() {
  local library plugin sbf_link
  library=$(library)
  plugin=$(plugin)
  sbf_link=$(sbf_link)
  "$here/recipe/compile.sh" "$1" "$library" "$plugin" "$sbf_link" "$2" >&2
  echo "$2/sbf-solana/release/lib${1//-/_}.so"
}
