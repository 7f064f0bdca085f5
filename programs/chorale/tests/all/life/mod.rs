//! Random lives: sequences of all instructions by honest and hostile wallets, on the built program and on a model that
//! says after every step what must be there.
//!
//! [`step`] is what a life is made of, [`draw`] draws it, [`model`] says what should come of it and [`layout`] how that
//! looks in accounts, [`chain`] does it, [`compare`] holds the two against each other, and [`shrink`] shortens a life
//! that goes wrong.

mod chain;
mod compare;
mod coverage;
mod draw;
mod driver;
mod failure;
mod layout;
mod model;
mod names;
mod shrink;
mod step;

use std::result::Result;

pub use coverage::Coverage;
pub use driver::STEPS;
pub use failure::Failure;
pub use model::Rules;

/// Lives the life of a seed.
///
/// # Errors
/// Where chain and model disagree, cut short.
pub fn live(seed: u64, rules: Rules) -> Result<Coverage, Failure> {
    driver::live(seed, rules).map_err(|found| {
        let after = found.steps.len();
        Failure { seed, after, shrunk: shrink::shrink(found, rules) }
    })
}
