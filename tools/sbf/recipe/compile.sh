#!/bin/bash
# compile.sh PACKAGE LIBRARY PLUGIN SBF_LINK TARGET_DIR: compiles one workspace package for SBFv0.
#   LIBRARY     Rust's library sources, patched by patch_std.py
#   PLUGIN      legalize/, built
#   SBF_LINK    ../sbf-link, built
# Leaves TARGET_DIR/sbf-solana/release/*.so, and TARGET_DIR/PACKAGE.dependencies: the packages that went into it.
set -euo pipefail
package=$1 library=$2 target_dir=$5
export SBF_PLUGIN=$3 SBF_LINK=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=environment.sh
source "$here/environment.sh"
export CARGO_TARGET_DIR=$target_dir
# No path of this machine may decide about the program: the target is found by name, and see rustc.sh.
export RUSTC_WRAPPER=$here/rustc.sh
export RUST_TARGET_PATH=$here CARGO_TARGET_SBF_SOLANA_LINKER=$here/linker.sh
# Custom targets and building std need unstable options; std must not mark itself as restricted to tests.
export RUSTC_BOOTSTRAP=1 RUSTC_BOOTSTRAP_SYNTHETIC_TARGET=1 __CARGO_TESTS_ONLY_SRC_ROOT=$library
# A panic is a bare abort: its message and location would cost size, and stack that a 4 KiB frame does not have.
export CARGO_TARGET_SBF_SOLANA_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort -Crelocation-model=static"
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_DEBUG=false

selection=(--package "$package" --target sbf-solana --locked)
/usr/bin/cargo rustc --release --lib --crate-type cdylib "${selection[@]}" -Zbuild-std=std,panic_abort -Zbuild-std-features=
/usr/bin/cargo tree "${selection[@]}" --edges normal,build --prefix none --format '{p}' >"$target_dir/$package.dependencies"
