//! The committed programs were built from the committed sources.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn assert_built_from_these_sources(package: &str) {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let script = PathBuf::from(folder).join("../manifest.py");
    let checked = Command::new("python3").arg(&script).args(["verify", package]).output();
    let checked = checked.expect("python3 runs (apt-get install -y python3)");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn conformance_so_is_built_from_these_sources() {
    assert_built_from_these_sources("conformance");
}

#[test]
fn chorale_so_is_built_from_these_sources() {
    assert_built_from_these_sources("chorale");
}
