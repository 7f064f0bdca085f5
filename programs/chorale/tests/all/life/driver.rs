//! Plays steps on chain and model alike and says where they first disagree.

use super::chain::{Chain, Outcome};
use super::compare;
use super::coverage::Coverage;
use super::draw;
use super::model::{Model, Prediction, Rules};
use super::step::Step;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// Every account is compared once in so many steps, those that a step names after every step.
const ALL_EVERY: usize = 32;

/// Steps of a life: enough for threads to fill and to end.
pub const STEPS: usize = 500;

/// One life: a chain and its model.
pub struct Life {
    chain: Chain,
    model: Model,
    /// The steps so far.
    steps: Vec<Step>,
    /// What they were and how they ended.
    coverage: Coverage,
}

/// Where chain and model disagree.
#[derive(Debug)]
pub struct Disagreement {
    /// The steps up to it.
    pub steps: Vec<Step>,
    /// What differs after the last of them.
    pub differences: Vec<String>,
}

impl Life {
    fn new(rules: Rules) -> Self {
        let model = Model::new(rules);
        let chain = Chain::new(&model.purses);
        Self { chain, model, steps: vec![], coverage: Coverage::default() }
    }

    /// Takes a step, and returns what differs after it.
    fn take(&mut self, step: Step) -> Vec<String> {
        let prediction = self.model.take(&step);
        let outcome = self.chain.send(&step);
        let mut differences: Vec<_> = self.judge(&step, &prediction, &outcome).into_iter().collect();
        differences.extend(compare::conservation(&self.model));
        self.steps.push(step);
        differences.extend(match self.steps.len() % ALL_EVERY {
            0 => compare::all(&self.model, &self.chain),
            _ => compare::named(&self.steps[self.steps.len() - 1], &self.model, &self.chain),
        });
        differences
    }

    /// Compares what the step did with what it should, and counts it.
    fn judge(&mut self, step: &Step, prediction: &Prediction, outcome: &Outcome) -> Option<String> {
        match (prediction, outcome) {
            (Prediction::Accepted(expected), Ok(events)) if events == expected => {
                self.coverage.accept(&step.calls, events);
                None
            }
            (Prediction::Refused { call, reasons }, Err((index, error))) if index == call => {
                let Some(reason) = reasons.iter().find(|reason| reason.is(error)) else {
                    return Some(format!("call {call} is refused with {error:?}, expected one of {reasons:?}"));
                };
                self.coverage.refuse(&step.calls[*call], *reason);
                None
            }
            (prediction, outcome) => Some(format!("the chain says {outcome:?}, expected {prediction:?}")),
        }
    }

    fn end(mut self, last: Vec<String>) -> Result<Coverage, Disagreement> {
        let differences = if last.is_empty() { compare::all(&self.model, &self.chain) } else { last };
        if !differences.is_empty() {
            return Err(Disagreement { steps: self.steps, differences });
        }
        self.coverage.note(&self.model.notes);
        Ok(self.coverage)
    }
}

/// Lives the random life of a seed.
///
/// # Errors
/// The first disagreement.
pub fn live(seed: u64, rules: Rules) -> Result<Coverage, Disagreement> {
    let (mut life, mut rng) = (Life::new(rules), StdRng::seed_from_u64(seed));
    let profile = draw::Profile::of(seed);
    for _ in 0..STEPS {
        let step = draw::step(&mut rng, &life.model, profile);
        let differences = life.take(step);
        if !differences.is_empty() {
            return life.end(differences);
        }
    }
    life.end(vec![])
}

/// Lives a life again, or what is left of it.
///
/// # Errors
/// The first disagreement.
pub fn replay(steps: &[Step], rules: Rules) -> Result<Coverage, Disagreement> {
    let mut life = Life::new(rules);
    for step in steps {
        let differences = life.take(step.clone());
        if !differences.is_empty() {
            return life.end(differences);
        }
    }
    life.end(vec![])
}
