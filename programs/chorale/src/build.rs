//! Instruction builders: the only place off the chain that knows which accounts an instruction takes.

use crate::address::{self, SYSTEM_PROGRAM};
use crate::instructions::{proposal_propose::ProposeArgs, thread_create::CreateThreadArgs};
use crate::state::Settings;
use crate::{accounts, instruction};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use solana_address::Address;
use solana_instruction::Instruction;

/// What instructions that move tokens need to know of a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// The deployment's token.
    pub mint: Address,
    /// The program that owns it.
    pub token_program: Address,
}

impl Deployment {
    fn token_account(&self, wallet: Wallet) -> Address {
        address::associated_token(wallet, &self.mint, &self.token_program)
    }
}

fn account(wallet: Wallet) -> Address {
    Address::new_from_array(wallet.0)
}

/// Sets a deployment up; `authority` pays and becomes its authority.
#[must_use]
pub fn initialize(deployment: &Deployment, authority: Wallet, settings: Settings) -> Instruction {
    instruction::Initialize { settings }.to_instruction(accounts::Initialize {
        authority: account(authority),
        config: address::config(),
        treasury: address::treasury(),
        vault: address::vault(),
        mint: deployment.mint,
        token_program: deployment.token_program,
        system_program: SYSTEM_PROGRAM,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Begins a thread with `creator` as its first co-author.
#[must_use]
pub fn create_thread(creator: Wallet, thread: ThreadId, approval_bps: u16) -> Instruction {
    let args = CreateThreadArgs { id: thread.0, approval_bps };
    instruction::CreateThread { args }.to_instruction(accounts::CreateThread {
        creator: account(creator),
        config: address::config(),
        thread: address::thread(thread),
        system_program: SYSTEM_PROGRAM,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Adds a message to a thread that `author` co-authors.
#[must_use]
pub fn publish(author: Wallet, thread: ThreadId, hash: ContentHash) -> Instruction {
    instruction::Publish { hash: hash.0 }.to_instruction(accounts::Publish {
        author: account(author),
        config: address::config(),
        thread: address::thread(thread),
        message: address::content(thread, hash),
        system_program: SYSTEM_PROGRAM,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Proposes a message and stakes `stake` base units from `author`'s associated token account.
#[must_use]
pub fn propose(
    deployment: &Deployment,
    author: Wallet,
    thread: ThreadId,
    hash: ContentHash,
    stake: u64,
) -> Instruction {
    let args = ProposeArgs { hash: hash.0, stake };
    instruction::Propose { args }.to_instruction(accounts::Propose {
        author: account(author),
        config: address::config(),
        thread: address::thread(thread),
        proposal: address::content(thread, hash),
        treasury: address::treasury(),
        mint: deployment.mint,
        source: deployment.token_account(author),
        vault: address::vault(),
        token_program: deployment.token_program,
        system_program: SYSTEM_PROGRAM,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Votes on the proposal `proposal_author` made.
#[must_use]
pub fn vote(
    voter: Wallet,
    thread: ThreadId,
    hash: ContentHash,
    proposal_author: Wallet,
    approve: bool,
) -> Instruction {
    instruction::Vote { approve }.to_instruction(accounts::CastVote {
        voter: account(voter),
        thread: address::thread(thread),
        proposal: address::content(thread, hash),
        author: account(proposal_author),
        treasury: address::treasury(),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Takes what is claimable into `wallet`'s associated token account, which must exist.
#[must_use]
pub fn claim(deployment: &Deployment, wallet: Wallet, thread: ThreadId) -> Instruction {
    instruction::Claim {}.to_instruction(accounts::Claim {
        wallet: account(wallet),
        config: address::config(),
        thread: address::thread(thread),
        treasury: address::treasury(),
        mint: deployment.mint,
        destination: deployment.token_account(wallet),
        vault: address::vault(),
        token_program: deployment.token_program,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}
