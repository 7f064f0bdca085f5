//! Dependencies run one way: the design's order, checked over what cargo itself says.

use cargo_metadata::{CargoOpt, Dependency, DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

/// What each of our crates may depend on among our crates. Development dependencies count too.
const ALLOWED: &[(&str, &[&str])] = &[
    ("chorale-testing", &[]),
    ("chorale-domain", &[]),
    ("chorale", &["chorale-domain"]),
    ("chorale-wire", &["chorale-domain"]),
    ("chorale-store", &["chorale-domain", "chorale-wire"]),
    ("chorale-content", &["chorale-domain", "chorale-wire"]),
    ("chorale-indexer", &["chorale", "chorale-domain", "chorale-wire", "chorale-store", "chorale-content"]),
    ("chorale-backend", &["chorale", "chorale-domain", "chorale-wire", "chorale-store", "chorale-content"]),
    ("chorale-client", &["chorale", "chorale-domain", "chorale-wire"]),
    ("chorale-localnet", &["chorale", "chorale-domain", "chorale-wire"]),
    (
        "chorale-cli",
        &[
            "chorale",
            "chorale-domain",
            "chorale-wire",
            "chorale-store",
            "chorale-content",
            "chorale-indexer",
            "chorale-backend",
            "chorale-client",
            "chorale-localnet",
        ],
    ),
];

/// Crates that may depend on everything: they sit at the very end.
const LAST: [&str; 2] = ["chorale-tests", "conformance"];

/// What the tests of any crate may need, and nothing else.
const TESTING: &str = "chorale-testing";

/// What the tests of one crate may need, and the crate itself may not: the SDK's rooms are what sockets are tried with.
const TRIED_WITH: [(&str, &str); 1] = [("chorale-backend", "chorale-client")];

/// What only some of our crates may know. The command line serves the indexer's metrics and health, and nothing else.
const OWNED: [(&str, &[&str]); 6] = [
    ("sqlx", &["chorale-store"]),
    ("qdrant-edge", &["chorale-content"]),
    ("qdrant-client", &["chorale-content", "chorale-testing"]),
    ("redis", &["chorale-backend"]),
    ("axum", &["chorale-backend", "chorale-cli"]),
    ("surfpool-sdk", &["chorale-localnet"]),
];

fn packages() -> Vec<Package> {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let manifest = format!("{folder}/../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .features(CargoOpt::AllFeatures)
        .no_deps()
        .exec()
        .expect("cargo metadata describes the workspace");
    metadata.packages
}

fn dependencies(package: &Package) -> BTreeSet<String> {
    let is_tried_with = |dependency: &Dependency| {
        dependency.kind == DependencyKind::Development
            && TRIED_WITH.contains(&(package.name.as_str(), dependency.name.as_str()))
    };
    let dependencies = package.dependencies.iter().filter(|dependency| !is_tried_with(dependency));
    dependencies.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn our_crates_depend_on_each_other_one_way_only() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let packages = packages();
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.to_string()).collect();
    for package in packages.iter().filter(|package| !LAST.contains(&package.name.as_str())) {
        let name = package.name.as_str();
        let allowed = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} has no place in the order: add it to ALLOWED"));
        let dependencies = dependencies(package);
        for dependency in dependencies.intersection(&ours).filter(|dependency| *dependency != TESTING) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn only_its_owners_depend_on_a_part() {
    for package in packages().iter().filter(|package| !LAST.contains(&package.name.as_str())) {
        for (part, owners) in OWNED {
            let normal = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
            let knows = normal.into_iter().any(|dependency| dependency.name == part);
            assert!(
                !knows || owners.contains(&package.name.as_str()),
                "{} knows {part}: only {owners:?} may",
                package.name
            );
        }
    }
}

#[test]
fn nothing_but_tests_depends_on_what_tests_need() {
    for package in packages() {
        let mut needs = package.dependencies.iter().filter(|dependency| dependency.name == TESTING);
        let name = &package.name;
        assert!(
            needs.all(|dependency| dependency.kind == DependencyKind::Development),
            "{name} depends on {TESTING} outside its tests"
        );
    }
}

#[test]
fn the_backend_knows_no_keypair() {
    let packages = packages();
    let backend =
        packages.iter().find(|package| package.name.as_str() == "chorale-backend").expect("the backend");
    let normal = backend.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
    let keys: Vec<_> =
        normal.filter(|d| matches!(d.name.as_str(), "solana-keypair" | "solana-signer")).collect();
    assert!(keys.is_empty(), "the backend must hold no key: {keys:?}");
}

/// What only a writer of the store is given. The store makes no secret of these names, since the indexer needs them.
const OF_WRITERS: [&str; 3] = ["Writer", "Batch", "IndexedTransaction"];

#[test]
fn the_backend_names_nothing_that_writes_what_the_chain_decides() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let mut files = 0;
    for file in sources(&format!("{folder}/../backend/src").into()) {
        let text = std::fs::read_to_string(&file).expect("the backend's sources can be read");
        // Tests write what the backend then reads.
        let own = text.split("#[cfg(test)]").next().unwrap_or_default();
        let named = own.split(|c: char| !c.is_alphanumeric()).find(|word| OF_WRITERS.contains(word));
        assert_eq!(named, None, "{} must not write to the store", file.display());
        files += 1;
    }
    assert!(files > 50, "only {files} sources were found");
}

fn sources(folder: &std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the backend's sources are there");
    let mut found = vec![];
    for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if !path.to_string_lossy().ends_with("tests.rs") => found.push(path),
            false => {}
        }
    }
    found
}
