//! The built program in LiteSVM, driven by steps.

use super::model::Purse;
use super::names::{self, content, thread_id, token, wallet, wallet_address};
use super::step::{Act, Call, DEPLOYER, Step, Target, Who};
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::build;
use chorale::state::ConfigUpdate;
use chorale::{address, event};
use chorale_domain::event::Event;
use litesvm::LiteSVM;
use litesvm::types::TransactionMetadata;
use solana_account::{Account, AccountSharedData};
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::error::InstructionError;
use solana_instruction::{AccountMeta, Instruction};
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

/// The program as it is deployed.
const PROGRAM: &[u8] = include_bytes!("../../../chorale.so");
/// Where the loader's account names who may upgrade the program.
const UPGRADE_AUTHORITY: core::ops::Range<usize> = 12..45;

/// A chain with the program on it.
#[derive(Clone)]
pub struct Chain {
    svm: LiteSVM,
}

thread_local! {
    /// As it is at first: loading programs takes longer than a hundred steps.
    static FRESH: Chain = Chain::deployed();
}

/// What a transaction did: its events, or which of its instructions was refused and why.
pub type Outcome = Result<Vec<Event>, (usize, InstructionError)>;

impl Chain {
    /// The program deployed, not set up, and wallets with lamports and tokens.
    pub fn new(purses: &[Purse]) -> Self {
        let mut chain = FRESH.with(Self::clone);
        for (who, purse) in (0..).zip(purses) {
            chain.set(wallet_address(who), Account { lamports: purse.lamports, ..Account::default() });
            chain.set(token(who), token_account(who, purse.tokens));
        }
        chain
    }

    fn deployed() -> Self {
        // Signatures are the runtime's to check, and equal transactions are sent often.
        let svm =
            LiteSVM::new().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
        let mut chain = Self { svm };
        chain.svm.add_program(chorale::ID, PROGRAM).expect("the built program loads");
        let at = address::program_data();
        let mut loaded = chain.svm.get_account(&at).expect("the loader's account of the program");
        loaded.data[UPGRADE_AUTHORITY.start] = 1;
        loaded.data[UPGRADE_AUTHORITY][1..].copy_from_slice(&wallet(DEPLOYER).0);
        chain.set(at, loaded);
        chain.set(names::mint(), mint_account());
        chain
    }

    fn set(&mut self, address: Address, account: Account) {
        self.svm.set_account(address, account).expect("an account that can be set");
    }

    /// Sends a step's transaction.
    pub fn send(&mut self, step: &Step) -> Outcome {
        let clock: Clock = self.svm.get_sysvar();
        self.svm.set_sysvar(&Clock { unix_timestamp: step.now, slot: step.slot, ..clock });
        let instructions: Vec<_> = step.calls.iter().map(|call| signed(call, step)).collect();
        let transaction = Transaction::new_with_payer(&instructions, Some(&wallet_address(step.payer)));
        match self.svm.send_transaction(transaction) {
            Ok(meta) => Ok(events(&meta)),
            Err(failed) => Err(refusal(failed.err)),
        }
    }

    pub fn account(&self, address: &Address) -> Option<&AccountSharedData> {
        // A closed account stays in the table without lamports.
        use solana_account::ReadableAccount as _;
        self.svm.accounts_db().get_account_ref(address).filter(|account| account.lamports() > 0)
    }

    /// Where the program has accounts.
    pub fn owned(&self) -> Vec<Address> {
        self.svm.get_program_accounts(&chorale::ID).into_iter().map(|(address, _)| address).collect()
    }
}

/// A call as an instruction; in a forged step, whoever did not sign is not marked as a signer.
fn signed(call: &Call, step: &Step) -> Instruction {
    let mut instruction = instruction(call);
    let payer = wallet_address(step.payer);
    for meta in instruction.accounts.iter_mut().filter(|meta| step.forged && meta.pubkey != payer) {
        meta.is_signer = false;
    }
    instruction
}

fn instruction(call: &Call) -> Instruction {
    let (by, deployment) = (wallet(call.by), names::deployment());
    match call.act {
        Act::Initialize { settings } => build::initialize(&deployment, by, settings),
        Act::UpdateConfig { settings, anchor } => {
            let anchor_authority = wallet_address(anchor);
            build::update_config(by, ConfigUpdate { settings, anchor_authority })
        }
        Act::ProposeAuthority { pending } => build::propose_authority(by, pending.map(wallet)),
        Act::AcceptAuthority => build::accept_authority(by),
        Act::SetPaused { paused } => build::set_paused(by, paused),
        Act::CreateThread { thread, bps } => build::create_thread(by, thread_id(thread), bps),
        Act::Publish { at } => build::publish(by, thread_id(at.thread), names::hash(at.hash)),
        Act::Propose { at, stake, open_until, from } => {
            let (thread, hash) = (thread_id(at.thread), names::hash(at.hash));
            spending(build::propose(&deployment, by, thread, hash, stake, open_until), call.by, from)
        }
        Act::AnchorRoot { slot, root } => build::anchor_root(by, slot, names::hash(root).0),
        Act::WithdrawTreasury { amount, to } => {
            spending(build::withdraw_treasury(&deployment, by, amount), call.by, to)
        }
        Act::GiveTokens { amount } => give_tokens(call.by, amount),
        Act::GiveLamports { at, lamports } => {
            give_lamports(wallet_address(call.by), content(at).address, lamports)
        }
        _ => on_thread(call),
    }
}

/// Instructions on a thread that exists already.
fn on_thread(call: &Call) -> Instruction {
    let (by, deployment) = (wallet(call.by), names::deployment());
    match call.act {
        Act::Vote { on, approve, stake } => {
            let (thread, hash) = (thread_id(on.at.thread), names::hash(on.at.hash));
            redirected(build::vote(by, thread, hash, wallet(on.author), stake, approve), on)
        }
        Act::Settle { on } => {
            let (thread, hash) = (thread_id(on.at.thread), names::hash(on.at.hash));
            redirected(build::settle(by, thread, hash, wallet(on.author)), on)
        }
        Act::Expire { on } => {
            let (thread, hash) = (thread_id(on.at.thread), names::hash(on.at.hash));
            redirected(build::expire(by, thread, hash, wallet(on.author)), on)
        }
        Act::Cancel { on, to } => {
            let (thread, hash) = (thread_id(on.at.thread), names::hash(on.at.hash));
            let cancel = build::cancel(&deployment, by, thread, hash);
            spending(redirected(cancel, on), call.by, to)
        }
        Act::Claim { thread, to } => spending(build::claim(&deployment, by, thread_id(thread)), call.by, to),
        Act::Divest { thread, to, at_least } => {
            spending(build::divest(&deployment, by, thread_id(thread), at_least), call.by, to)
        }
        Act::Archive { thread } => build::archive(by, thread_id(thread)),
        _ => unreachable!("every other kind is built by the caller"),
    }
}

/// The same with another thread's account than the proposal's.
fn redirected(instruction: Instruction, on: Target) -> Instruction {
    replaced(instruction, names::thread(on.at.thread).address, names::thread(on.thread).address)
}

/// The same with another wallet's token account than the signer's.
fn spending(instruction: Instruction, by: Who, other: Who) -> Instruction {
    replaced(instruction, token(by), token(other))
}

fn replaced(mut instruction: Instruction, account: Address, other: Address) -> Instruction {
    for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == account) {
        meta.pubkey = other;
    }
    instruction
}

/// The token program's plain transfer into the vault.
fn give_tokens(by: Who, amount: u64) -> Instruction {
    let accounts = vec![
        AccountMeta::new(token(by), false),
        AccountMeta::new(address::vault(), false),
        AccountMeta::new_readonly(wallet_address(by), true),
    ];
    let mut data = vec![3];
    data.extend(amount.to_le_bytes());
    Instruction { program_id: address::TOKEN_PROGRAM, accounts, data }
}

/// The system program's transfer.
fn give_lamports(by: Address, to: Address, lamports: u64) -> Instruction {
    let accounts = vec![AccountMeta::new(by, true), AccountMeta::new(to, false)];
    let mut data = vec![2, 0, 0, 0];
    data.extend(lamports.to_le_bytes());
    Instruction { program_id: address::SYSTEM_PROGRAM, accounts, data }
}

fn events(meta: &TransactionMetadata) -> Vec<Event> {
    let inner = meta.inner_instructions.iter().flatten().map(|inner| inner.instruction.data.as_slice());
    let bodies = inner.filter_map(|data| data.strip_prefix(EVENT_IX_TAG_LE));
    bodies.map(|body| event::decode(body).expect("every event decodes").1).collect()
}

fn refusal(error: TransactionError) -> (usize, InstructionError) {
    match error {
        TransactionError::InstructionError(index, error) => (usize::from(index), error),
        error => panic!("the transaction itself was no good: {error:?}"),
    }
}

fn mint_account() -> Account {
    let mut data = vec![0; 82];
    data[36..44].copy_from_slice(&u64::MAX.to_le_bytes());
    (data[44], data[45]) = (super::layout::DECIMALS, 1);
    Account { lamports: 1_461_600, data, owner: address::TOKEN_PROGRAM, ..Account::default() }
}

fn token_account(who: Who, amount: u64) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(names::mint().as_ref());
    data[32..64].copy_from_slice(&wallet(who).0);
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    Account { lamports: 2_039_280, data, owner: address::TOKEN_PROGRAM, ..Account::default() }
}
