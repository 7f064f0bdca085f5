//! A few thousand steps of life in every run, and whether a wrong rule would be noticed.

use crate::life::{Coverage, Failure, Rules, live};

/// What must have happened in a few thousand steps, beside every instruction, refusal and event.
const REMARKABLE: [&str; 9] = [
    "a closed account was made again in the same transaction",
    "a co-author left others",
    "a departure completed an approval",
    "a proposal expired at the very second",
    "a seat was given away again while a vote went on",
    "an account was made where lamports were",
    "settings changed while proposals were open",
    "the last co-author left",
    "the last seat was taken",
];

/// Seeds of the lives that one test lives; in each three there is a crowd.
const LIVES: u64 = 3;

/// Lives the lives of one test, which must be eventful enough.
fn lives(first: u64) {
    let mut all = Coverage::default();
    for seed in first..first + LIVES {
        all.add(&live(seed, Rules::DESIGN).unwrap_or_else(|failure| panic!("{failure}")));
    }
    let missing = all.missing(&REMARKABLE);
    assert!(missing.is_empty(), "the draw is dull: {missing:#?}\n{all}");
}

#[test]
fn chain_and_model_agree_in_the_first_lives() {
    lives(0);
}

#[test]
fn chain_and_model_agree_in_the_next_lives() {
    lives(LIVES);
}

#[test]
fn chain_and_model_agree_in_the_last_lives() {
    lives(2 * LIVES);
}

/// The first failure of a model with a wrong rule.
fn found(rules: Rules) -> Failure {
    let failure = (100..110).find_map(|seed| live(seed, rules).err());
    failure.expect("a wrong rule is found within ten lives")
}

#[test]
fn a_model_that_forgets_the_treasurys_remainder_is_found_and_the_life_cut_short() {
    let forgetful = Rules { split: |stake, approvers| (stake / approvers, 0), ..Rules::DESIGN };
    let failure = found(forgetful);
    // Two co-authors must share a stake that is odd: set up, begin, two proposals, three votes.
    assert!(failure.shrunk.steps.len() <= 7, "{failure}");
    assert!(failure.to_string().contains("Treasury: balance"), "{failure}");
}

#[test]
fn a_model_that_ends_things_a_second_late_is_found() {
    let failure = found(Rules { has_come: |time, now| now > time, ..Rules::DESIGN });
    assert!(failure.shrunk.steps.len() <= 4, "{failure}");
}

#[test]
fn a_model_that_wants_more_than_the_rules_share_is_found() {
    let strict = |some: usize, all: usize, bps: u16| some * 10_000 > all * usize::from(bps);
    let failure = found(Rules { suffices: strict, ..Rules::DESIGN });
    assert!(failure.shrunk.steps.len() <= 4, "{failure}");
}
