//! Plays steps on chain and model alike and says where they first disagree.

use super::chain::{Chain, Outcome};
use super::compare;
use super::coverage::Coverage;
use super::draw;
use super::model::{Model, Prediction, Reason, Rules};
use super::step::Step;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// Steps of a life: enough for threads to fill and to end.
pub const STEPS: usize = 500;

/// One life: a chain and its model.
struct Life {
    chain: Chain,
    model: Model,
    /// The steps so far.
    steps: Vec<Step>,
    /// What they were and how they ended.
    coverage: Coverage,
}

/// Where chain and model disagree.
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
        let judgement = self.judge(&step, &prediction, &outcome);
        self.steps.push(step);
        judgement.into_iter().chain(compare::all(&self.model, &self.chain)).collect()
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
                    let told = Reason::told(error);
                    return Some(format!("call {call} is refused with {told}, expected one of {reasons:?}"));
                };
                self.coverage.refuse(&step.calls[*call], *reason);
                None
            }
            (prediction, outcome) => Some(format!("the chain says {outcome:?}, expected {prediction:?}")),
        }
    }

    /// A last look: the roots that a reader of the threads computes.
    fn end(mut self) -> Result<Coverage, Disagreement> {
        let differences = compare::logs(&self.model, &self.chain);
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
    let (mut rng, profile) = (StdRng::seed_from_u64(seed), draw::Profile::of(seed));
    let mut left = 0..STEPS;
    run(rules, |model| left.next().map(|_| draw::step(&mut rng, model, profile)))
}

/// Lives a life again, or what is left of it.
///
/// # Errors
/// The first disagreement.
pub fn replay(steps: &[Step], rules: Rules) -> Result<Coverage, Disagreement> {
    let mut left = steps.iter().cloned();
    run(rules, |_| left.next())
}

fn run(rules: Rules, mut next: impl FnMut(&Model) -> Option<Step>) -> Result<Coverage, Disagreement> {
    let mut life = Life::new(rules);
    while let Some(step) = next(&life.model) {
        let differences = life.take(step);
        if !differences.is_empty() {
            return Err(Disagreement { steps: life.steps, differences });
        }
    }
    life.end()
}
