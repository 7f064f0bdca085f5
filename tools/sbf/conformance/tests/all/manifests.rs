//! The committed programs were built from the committed sources.

use std::path::Path;
use std::process::Command;

fn assert_built_from_these_sources(package: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifest.py");
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
