//! Makes a sequence on which chain and model disagree as short as it gets.

use super::driver::{Disagreement, replay};
use super::model::Rules;
use super::step::Step;

/// Leaves out what can be left out while there still is a disagreement, be it another one: first long stretches of
/// steps, then single ones, then single calls of those that are left.
pub fn shrink(mut found: Disagreement, rules: Rules) -> Disagreement {
    let mut length = found.steps.len().div_ceil(2);
    while length > 0 {
        let before = found.steps.len();
        found = without_stretches(found, length, rules);
        // Once more at the same length if that helped: later steps may have needed the earlier ones.
        if length > 1 || found.steps.len() == before {
            length /= 2;
        }
    }
    without_calls(found, rules)
}

fn without_stretches(mut found: Disagreement, length: usize, rules: Rules) -> Disagreement {
    let mut end = found.steps.len();
    // From behind: what comes last depends on what comes first.
    while end > 0 {
        let begin = end.saturating_sub(length);
        let rest = [&found.steps[..begin], &found.steps[end..]].concat();
        found = replay(&rest, rules).err().unwrap_or(found);
        end = begin.min(found.steps.len());
    }
    found
}

fn without_calls(mut found: Disagreement, rules: Rules) -> Disagreement {
    for step in (0..found.steps.len()).rev() {
        let mut call = 0;
        while let Some(rest) = without_call(&found.steps, step, call) {
            match replay(&rest, rules) {
                Err(smaller) => found = smaller,
                Ok(_) => call += 1,
            }
        }
    }
    found
}

/// The steps without one call of one step that has several.
fn without_call(steps: &[Step], step: usize, call: usize) -> Option<Vec<Step>> {
    let calls = &steps.get(step)?.calls;
    if calls.len() < 2 || call >= calls.len() {
        return None;
    }
    let mut rest = steps.to_vec();
    rest[step].calls.remove(call);
    Some(rest)
}
