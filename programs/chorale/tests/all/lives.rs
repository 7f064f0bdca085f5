//! A few thousand steps of life in every run, and whether a wrong rule would be noticed.

use crate::life::{Failure, Rules, STEPS, lives};

/// What must have happened in a few thousand steps, beside every instruction, refusal and event.
const REMARKABLE: [&str; 10] = [
    "a closed account was made again in the same transaction",
    "a co-author left others",
    "a departure completed an approval",
    "a proposal expired at the very second",
    "a seat was given away again while a vote went on",
    "an account was made where lamports were",
    "settings changed while proposals were open",
    "someone voted over the vote of who had the seat before",
    "the last co-author left",
    "the last seat was taken",
];

/// Lives in every run; in each three there is a council and a crowd.
const LIVES: u64 = 12;

#[test]
fn chain_and_model_agree_after_each_of_thousands_of_random_steps() {
    let all = lives(0..LIVES, Rules::DESIGN).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(all.steps(), LIVES * STEPS as u64);
    let missing = all.missing(&REMARKABLE);
    assert!(missing.is_empty(), "the draw is dull: {missing:#?}\n{all}");
}

/// The failure of a model with a wrong rule.
fn found(rules: Rules) -> Failure {
    lives(100..104, rules).err().expect("a wrong rule is found within 2,000 steps")
}

#[test]
fn a_model_that_forgets_the_treasurys_remainder_is_found_and_the_life_cut_short() {
    let forgetful = Rules { split: |stake, approvers| (stake / approvers, 0), ..Rules::DESIGN };
    let failure = found(forgetful);
    // Two approvers must share a stake that is odd: of 69 steps these are enough.
    assert!(failure.shrunk.steps.len() <= 9, "{failure}");
    assert!(failure.to_string().contains("Treasury: balance is 1, expected 0"), "{failure}");
}

#[test]
fn a_model_that_ends_things_a_second_late_is_found() {
    let failure = found(Rules { has_come: |time, now| now > time, ..Rules::DESIGN });
    assert!(failure.shrunk.steps.len() <= 6, "{failure}");
}

#[test]
fn a_model_that_wants_more_than_the_rules_share_is_found() {
    let strict = |some: usize, all: usize, bps: u16| some * 10_000 > all * usize::from(bps);
    let failure = found(Rules { suffices: strict, ..Rules::DESIGN });
    assert!(failure.shrunk.steps.len() <= 6, "{failure}");
}
