//! Compute units are exact: every derived address in this file is fixed, so each instruction has a budget.

use crate::harness::*;

/// Compute units each instruction may use in a thread of three co-authors, events included.
const BUDGETS: [(&str, u64); 7] = [
    ("create_thread", 9_000),
    ("publish", 7_500),
    ("propose", 10_800),
    ("vote that leaves it open", 5_400),
    ("vote that approves", 10_800),
    ("vote that rejects", 7_800),
    ("claim", 7_100),
];

#[test]
fn no_instruction_uses_more_than_its_budget() {
    let mut chain = Chain::new();
    let alice = chain.wallet();
    let mut used = vec![chain.create_thread(&alice, 10_000).unwrap().units];
    let mut chain = Chain::new();
    let co_authors = chain.thread_of(3, 10_000);
    let (dave, eve) = (chain.wallet(), chain.wallet());
    let alice = &co_authors[0];
    used.push(chain.publish(alice, hash(1)).unwrap().units);
    used.push(chain.propose(&dave, hash(2), 1_000).unwrap().units);
    used.push(chain.vote(alice, hash(2), &dave, true).unwrap().units);
    chain.vote(&co_authors[1], hash(2), &dave, true).unwrap();
    used.push(chain.vote(&co_authors[2], hash(2), &dave, true).unwrap().units);
    chain.propose(&eve, hash(3), 1_000).unwrap();
    used.push(chain.vote(alice, hash(3), &eve, false).unwrap().units);
    used.push(chain.claim(alice).unwrap().units);
    for ((instruction, budget), units) in BUDGETS.into_iter().zip(used) {
        assert!(units <= budget, "{instruction} used {units} units, its budget is {budget}");
    }
}
