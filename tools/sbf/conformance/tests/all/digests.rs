//! The same digests here and there.

use crate::chain::Chain;
use conformance::CASES;

/// The smallest and largest seeds, and others spread over the whole range.
fn seeds() -> impl Iterator<Item = u64> {
    let edges = [0, 1, 2, 42, u64::MAX, u64::MAX - 1, 1 << 63, 1 << 32, 0xffff_ffff];
    edges.into_iter().chain((1..=200).map(|index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The first seed whose digest differs, described.
fn difference(chain: &mut Chain, number: usize) -> Option<String> {
    let case = CASES[number];
    seeds().find_map(|seed| {
        let host = (case.digest)(seed);
        match chain.digest(number as u64, seed) {
            Ok(digest) if digest == host => None,
            Ok(digest) => Some(format!("{}, seed {seed:#x}: host {host:#x}, chain {digest:#x}", case.name)),
            Err(error) => Some(format!("{}, seed {seed:#x}: {error}", case.name)),
        }
    })
}

#[test]
fn every_case_has_the_same_digest_on_the_host_and_on_the_chain() {
    let mut chain = Chain::new();
    let differences: Vec<String> =
        (0..CASES.len()).filter_map(|number| difference(&mut chain, number)).collect();
    assert!(differences.is_empty(), "tools/sbf miscompiles:\n{}", differences.join("\n"));
}

#[test]
fn a_digest_depends_on_the_seed() {
    for case in CASES {
        assert_ne!((case.digest)(1), (case.digest)(2), "{} ignores its seed", case.name);
    }
}

#[test]
fn an_unknown_case_is_refused() {
    let error = Chain::new().digest(CASES.len() as u64, 0).expect_err("there is no such case");
    assert!(error.contains("custom program error: 0x1"), "{error}");
}

#[test]
fn instruction_data_that_is_too_short_is_refused() {
    let error = Chain::new().send(&[0; 15]).expect_err("a seed is missing");
    assert!(error.contains("custom program error: 0x1"), "{error}");
}
