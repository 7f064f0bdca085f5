//! Compute units are exact, and so is the table of them: `docs/costs.md`.

mod measure;
mod setup;
mod table;

use measure::{Costs, measure};
use setup::{Setup, UNANIMOUS, set_messages};

/// Where the committed table is.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/costs.md");
/// Set to rewrite it.
const UPDATE: &str = "CHORALE_UPDATE";

/// Units each instruction may use, with up to 32 co-authors; where an address is found at the first try and the log
/// merges at most two subtrees.
const BUDGETS: [(&str, u64); 14] = [
    ("create_thread", 10_000),
    ("publish", 4_000),
    ("propose", 8_000),
    ("vote", 3_000),
    ("vote that approves", 6_000),
    ("vote that rejects", 6_000),
    ("settle that approves", 6_000),
    ("settle that rejects", 6_000),
    ("claim", 5_000),
    ("expire", 6_000),
    ("cancel", 6_000),
    ("divest", 6_000),
    ("archive", 6_000),
    ("anchor_root", 3_000),
];

/// Units by which one more co-author may make a vote or a settlement dearer.
const PER_CO_AUTHOR: u64 = 60;

#[test]
fn the_committed_table_is_what_the_committed_program_costs() {
    let costs = measure();
    let table = table::render(&costs);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(TABLE, &table).expect("the table can be written");
    }
    let committed = std::fs::read_to_string(TABLE).unwrap_or_default();
    for (committed, measured) in committed.lines().zip(table.lines()) {
        assert_eq!(
            measured, committed,
            "docs/costs.md is not what the program costs; if that is meant, run \
             {UPDATE}=1 cargo test -p chorale --test all costs, and look at the difference"
        );
    }
    assert_eq!(committed.lines().count(), table.lines().count(), "docs/costs.md has other rows");
    within_budget(&costs);
    grows_gently(&costs);
}

fn within_budget(costs: &Costs) {
    for (instruction, budget) in BUDGETS {
        let worst = costs.row(instruction).into_iter().flatten().max();
        let worst = worst.unwrap_or_else(|| panic!("{instruction} was not measured"));
        assert!(worst <= budget, "{instruction} uses {worst} units, its budget is {budget}");
    }
}

fn grows_gently(costs: &Costs) {
    for instruction in ["vote", "vote that approves", "vote that rejects", "settle that approves"] {
        let [_, eight, all] = costs.row(instruction);
        let each = (all.expect("32") - eight.expect("8")).div_ceil(32 - 8);
        assert!(each < PER_CO_AUTHOR, "{instruction}: {each} units for one more co-author");
    }
}

#[test]
fn a_vote_costs_the_same_however_many_messages_there_are() {
    let [none, half, nearly_full] = [0, (1 << 19) - 1, (1 << 20) - 2].map(|messages| {
        let mut setup = Setup::new(3, UNANIMOUS);
        set_messages(&mut setup.chain, messages);
        setup.vote(0, true)
    });
    assert_eq!(none, half, "with 2^19 - 1 messages");
    assert_eq!(none, nearly_full, "with 2^20 - 2 messages");
}
