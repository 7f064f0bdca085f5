//! Runs the attacks on one scenario and counts what came of them.

use super::exceptions;
use super::idl;
use super::scenarios::Scenario;
use super::substitution::{Slot, Substitution};
use super::world::World;
use litesvm::LiteSVM;
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use std::collections::BTreeSet;

/// The owner of the chain's clock and the like.
const SYSVARS: Address = address!("Sysvar1111111111111111111111111111111111111");

type State = Vec<(Address, AccountSharedData)>;

#[derive(Default)]
pub struct Tally {
    pub refused: usize,
    pub allowed: usize,
    /// Places in the table of exceptions that were needed.
    pub exceptions: BTreeSet<usize>,
    /// What was accepted or refused against expectation, or changed something.
    pub wrong: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.refused += other.refused;
        self.allowed += other.allowed;
        self.exceptions.extend(other.exceptions);
        self.wrong.extend(other.wrong);
    }
}

pub struct Attack<'a> {
    scenario: &'a Scenario,
    world: World,
    instruction: Instruction,
    slots: Vec<Slot>,
    /// The chain before the instruction.
    before: LiteSVM,
    tally: Tally,
}

impl<'a> Attack<'a> {
    /// Prepares the scenario and makes sure that the instruction as it should be goes through.
    pub fn on(scenario: &'a Scenario) -> Self {
        let mut world = (scenario.begin)();
        let instruction = (scenario.prepare)(&mut world);
        let described = idl::instruction(scenario.instruction);
        let slots = idl::accounts(&described).into_iter().enumerate().map(|(index, account)| Slot {
            index,
            name: account.name.clone(),
            signer: account.signer,
            writable: account.writable,
        });
        let (slots, before) = (slots.collect(), world.chain.svm.clone());
        let mut attack = Self { scenario, world, instruction, slots, before, tally: Tally::default() };
        let valid = attack.instruction.clone();
        attack.send(&valid).unwrap_or_else(|error| panic!("{} does not work: {error}", scenario.name()));
        attack.restore();
        attack
    }

    /// Sends signed by whoever the instruction says, and by the payer, who has no part in it.
    fn send(&mut self, instruction: &Instruction) -> Result<(), TransactionError> {
        let svm = &mut self.world.chain.svm;
        svm.expire_blockhash();
        let blockhash = svm.latest_blockhash();
        let payer = self.world.payer.insecure_clone();
        let needed: BTreeSet<_> =
            instruction.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
        let wallets = needed.iter().map(|address| self.world.keypair(address).expect("a wallet"));
        let signers: Vec<_> = [&payer].into_iter().chain(wallets).map(Keypair::insecure_clone).collect();
        let signers: Vec<_> = signers.iter().collect();
        let instructions = [instruction.clone()];
        let transaction =
            Transaction::new_signed_with_payer(&instructions, Some(&payer.pubkey()), &signers, blockhash);
        self.world.chain.svm.send_transaction(transaction).map(|_| ()).map_err(|failed| failed.err)
    }

    fn restore(&mut self) {
        self.world.chain.svm = self.before.clone();
    }

    /// Every account there is but the payer's and the chain's own.
    fn state(&self) -> State {
        let all = self.world.chain.svm.accounts_db().inner.iter();
        let payer = self.world.payer.pubkey();
        let ours = all.filter(|(address, account)| **address != payer && *account.owner() != SYSVARS);
        let mut ours: State = ours.map(|(address, account)| (*address, account.clone())).collect();
        ours.sort_by_key(|(address, _)| *address);
        ours
    }

    /// Whether everything is as it was: no account is gone, has changed or came to be.
    fn unchanged(&self, before: &State) -> bool {
        let now = &self.world.chain.svm.accounts_db().inner;
        let same = before.iter().all(|(address, account)| now.get(address) == Some(account));
        same && now.len() == self.before.accounts_db().inner.len()
    }

    /// Replaces every account by everything else.
    pub fn replace_every_account(mut self) -> Tally {
        let slots = self.slots.clone();
        let cases: Vec<_> = slots
            .iter()
            .flat_map(|slot| {
                let cases = slot.substitutions(&mut self.world, &self.instruction, &slots);
                cases.into_iter().map(move |case| (slot, case))
            })
            .collect();
        // The look-alikes are on the chain now.
        self.before = self.world.chain.svm.clone();
        let state = self.state();
        for (slot, case) in cases {
            let changed = slot.replace(&self.world, &self.instruction, &case);
            self.judge(slot, &case.0, &changed, &state);
        }
        self.tally
    }

    fn judge(&mut self, slot: &Slot, by: &Substitution, changed: &Instruction, state: &State) {
        let exception = exceptions::find(self.scenario, &slot.name, by);
        let result = self.send(changed);
        let what = format!("{}: {} {by}", self.scenario.name(), slot.name);
        match (&result, exception) {
            (Ok(()), Some(index)) => {
                self.tally.allowed += 1;
                self.tally.exceptions.insert(index);
            }
            (Ok(()), None) => self.tally.wrong.push(format!("{what} was ACCEPTED")),
            (Err(error), Some(_)) => self.tally.wrong.push(format!("{what} should be allowed: {error}")),
            (Err(error), None) => self.refused(&what, error, state),
        }
        if result.is_ok() {
            self.restore();
        }
    }

    /// Counts a refusal by the program or one it called; anything else is a mistake of these tests.
    fn refused(&mut self, what: &str, error: &TransactionError, state: &State) {
        if !matches!(error, TransactionError::InstructionError(0, _)) {
            self.tally.wrong.push(format!("{what} was refused by {error}, not by the program"));
        } else if !self.unchanged(state) {
            self.tally.wrong.push(format!("{what} was refused and changed something"));
        } else {
            self.tally.refused += 1;
        }
    }

    /// Leaves out accounts and data from the end, which is refused, and adds some, which changes nothing.
    pub fn cut_and_extend(mut self) -> Tally {
        let state = self.state();
        for (what, changed) in self.shortened() {
            match self.send(&changed) {
                Ok(()) => self.tally.wrong.push(format!("{what} was ACCEPTED")),
                Err(error) => self.refused(&what, &error, &state),
            }
        }
        let as_it_should_be = self.outcome(&self.instruction.clone());
        for (what, changed) in self.extended() {
            if self.outcome(&changed) != as_it_should_be {
                self.tally.wrong.push(format!("{what} does something else"));
            }
        }
        self.tally
    }

    /// The instruction with every number of accounts and of bytes that is too small.
    fn shortened(&self) -> Vec<(String, Instruction)> {
        let (name, whole) = (self.scenario.name(), &self.instruction);
        let fewer_accounts = (0..whole.accounts.len()).map(|length| {
            let accounts = whole.accounts[..length].to_vec();
            (format!("{name} with {length} accounts"), Instruction { accounts, ..whole.clone() })
        });
        let less_data = (0..whole.data.len()).map(|length| {
            let data = whole.data[..length].to_vec();
            (format!("{name} with {length} bytes of data"), Instruction { data, ..whole.clone() })
        });
        fewer_accounts.chain(less_data).collect()
    }

    /// The instruction with a byte and with accounts behind what it takes: Anchor does not look at them, nor do we.
    fn extended(&self) -> Vec<(String, Instruction)> {
        let name = self.scenario.name();
        let mut more_data = self.instruction.clone();
        more_data.data.push(0);
        let mut more_accounts = self.instruction.clone();
        let others = self.world.pool.iter().map(|(_, address)| AccountMeta::new_readonly(*address, false));
        more_accounts.accounts.extend(others.take(10));
        vec![
            (format!("{name} with a byte more"), more_data),
            (format!("{name} with more accounts"), more_accounts),
        ]
    }

    /// What the chain is like after an instruction that must go through.
    fn outcome(&mut self, instruction: &Instruction) -> State {
        self.restore();
        let sent = self.send(instruction);
        sent.unwrap_or_else(|error| panic!("{} does not work: {error}", self.scenario.name()));
        self.state()
    }
}
