//! A life in which chain and model disagree, as it is told to whoever has to find out why.

use std::fmt::{Display, Formatter, Result};

use super::driver::Disagreement;

/// What is printed.
pub struct Failure {
    /// The life.
    pub seed: u64,
    /// How many steps it took.
    pub after: usize,
    /// The same with as few steps as possible.
    pub shrunk: Disagreement,
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(
            f,
            "the life of seed {} goes wrong after {} steps; these are enough:",
            self.seed, self.after
        )?;
        for step in &self.shrunk.steps {
            writeln!(f, "    {step:?},")?;
        }
        writeln!(f, "after the last of them:")?;
        self.shrunk.differences.iter().try_for_each(|difference| writeln!(f, "    {difference}"))
    }
}
