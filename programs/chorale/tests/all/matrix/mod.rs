//! Refusals by construction: the IDL says which accounts every instruction takes. Each is replaced in turn by everything
//! else there is, and every replacement is refused, but for those that [`exceptions`] lists with a reason.
//!
//! Whoever adds an instruction has to add a [`scenarios`] row; a new account is attacked without being asked for.

mod attack;
mod builders;
mod exceptions;
mod idl;
mod scenarios;
mod substitution;
mod world;

use attack::{Attack, Tally};
use exceptions::EXCEPTIONS;
use scenarios::{SCENARIOS, Scenario};
use std::collections::BTreeSet;

#[test]
fn every_instruction_has_a_scenario() {
    let described: BTreeSet<_> = idl::read().instructions.into_iter().map(|found| found.name).collect();
    let told: BTreeSet<_> = SCENARIOS.iter().map(|scenario| scenario.instruction.to_owned()).collect();
    assert_eq!(described, told, "the IDL's instructions, and those with a scenario in matrix/scenarios.rs");
}

#[test]
fn no_account_can_be_replaced_by_another() {
    let tally = in_parallel(|scenario| Attack::on(scenario).replace_every_account());
    let instructions = idl::read().instructions;
    let accounts: usize = instructions.iter().map(|instruction| instruction.accounts.len()).sum();
    println!(
        "{} instructions in {} scenarios, {accounts} accounts: {} substitutions refused, {} allowed by {} exceptions",
        instructions.len(),
        SCENARIOS.len(),
        tally.refused,
        tally.allowed,
        EXCEPTIONS.len()
    );
    assert!(tally.wrong.is_empty(), "{} surprises:\n{}", tally.wrong.len(), tally.wrong.join("\n"));
    let unused = EXCEPTIONS.iter().enumerate().filter(|(index, _)| !tally.exceptions.contains(index));
    let unused: Vec<_> = unused.map(|(_, exception)| exception.reason).collect();
    assert!(unused.is_empty(), "nothing needs these exceptions: {unused:#?}");
}

#[test]
fn too_few_accounts_or_bytes_are_refused_and_too_many_change_nothing() {
    let tally = in_parallel(|scenario| Attack::on(scenario).cut_and_extend());
    assert!(tally.wrong.is_empty(), "{} surprises:\n{}", tally.wrong.len(), tally.wrong.join("\n"));
}

/// Runs every scenario, on all processors.
fn in_parallel(attack: impl Fn(&Scenario) -> Tally + Sync) -> Tally {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(scenario) = SCENARIOS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            tally.add(attack(scenario));
        }
        tally
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Tally::default();
        running.into_iter().for_each(|thread| all.add(thread.join().expect("a scenario works")));
        all
    })
}
