//! Instruction builders: the only place off the chain that knows which accounts an instruction takes.

use crate::address::{self, SYSTEM_PROGRAM};
use crate::instructions::govern::__client_accounts_govern::Govern;
use crate::instructions::open_proposal::__client_accounts_openproposal::OpenProposal;
use crate::instructions::pay_out::__client_accounts_payout::PayOut;
use crate::instructions::{
    proposal_propose::ProposeArgs, proposal_vote::VoteArgs, root_anchor::AnchorRootArgs,
    thread_create::CreateThreadArgs,
};
use crate::state::{ConfigUpdate, Settings};
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

    /// The accounts of a payment out of the vault.
    fn pay_out(&self, wallet: Wallet) -> PayOut {
        PayOut {
            config: address::config(),
            treasury: address::treasury(),
            mint: self.mint,
            destination: self.token_account(wallet),
            vault: address::vault(),
            token_program: self.token_program,
        }
    }
}

fn account(wallet: Wallet) -> Address {
    Address::new_from_array(wallet.0)
}

/// The accounts of a proposal that may end.
fn open_proposal(thread: ThreadId, hash: ContentHash, author: Wallet) -> OpenProposal {
    OpenProposal {
        thread: address::thread(thread),
        proposal: address::content(thread, hash),
        author: account(author),
        treasury: address::treasury(),
    }
}

/// The authority's signature and what it changes.
fn govern(authority: Wallet) -> Govern {
    Govern { authority: account(authority), config: address::config() }
}

/// Sets a deployment up; `authority` pays and becomes its authority. It must be the program's upgrade authority, where
/// the program has one.
#[must_use]
pub fn initialize(deployment: &Deployment, authority: Wallet, settings: Settings) -> Instruction {
    instruction::Initialize { settings }.to_instruction(accounts::Initialize {
        authority: account(authority),
        config: address::config(),
        treasury: address::treasury(),
        roots: address::roots(),
        vault: address::vault(),
        mint: deployment.mint,
        token_program: deployment.token_program,
        program_data: address::program_data(),
        system_program: SYSTEM_PROGRAM,
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Changes the settings, as the deployment's authority.
#[must_use]
pub fn update_config(authority: Wallet, update: ConfigUpdate) -> Instruction {
    instruction::UpdateConfig { update }.to_instruction(accounts::UpdateConfig {
        govern: govern(authority),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Invites `pending` to take the authority over; `None` takes an invitation back.
#[must_use]
pub fn propose_authority(authority: Wallet, pending: Option<Wallet>) -> Instruction {
    let pending = pending.map_or_else(Address::default, account);
    instruction::ProposeAuthority { pending }.to_instruction(accounts::ProposeAuthority {
        govern: govern(authority),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Takes the authority over, as the invited wallet.
#[must_use]
pub fn accept_authority(pending: Wallet) -> Instruction {
    instruction::AcceptAuthority {}.to_instruction(accounts::AcceptAuthority {
        govern: govern(pending),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Stops or resumes new threads, messages and proposals.
#[must_use]
pub fn set_paused(authority: Wallet, paused: bool) -> Instruction {
    instruction::SetPaused { paused }.to_instruction(accounts::SetPaused {
        govern: govern(authority),
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

/// Proposes a message and stakes `stake` base units from `author`'s associated token account. Refused where it would
/// expire before `open_until`, in Unix seconds; 0 takes any time.
#[must_use]
pub fn propose(
    deployment: &Deployment,
    author: Wallet,
    thread: ThreadId,
    hash: ContentHash,
    stake: u64,
    open_until: i64,
) -> Instruction {
    let args = ProposeArgs { hash: hash.0, stake, open_until };
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

/// Votes on the proposal that `proposal_author` made with a stake of `stake` base units; refused where the stake is
/// another.
#[must_use]
pub fn vote(
    voter: Wallet,
    thread: ThreadId,
    hash: ContentHash,
    proposal_author: Wallet,
    stake: u64,
    approve: bool,
) -> Instruction {
    let args = VoteArgs { approve, stake };
    instruction::Vote { args }.to_instruction(accounts::CastVote {
        voter: account(voter),
        open: open_proposal(thread, hash, proposal_author),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Settles what the votes decide since a co-author left; anyone can be the `settler`.
#[must_use]
pub fn settle(settler: Wallet, thread: ThreadId, hash: ContentHash, proposal_author: Wallet) -> Instruction {
    instruction::Settle {}.to_instruction(accounts::Settle {
        settler: account(settler),
        open: open_proposal(thread, hash, proposal_author),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Ends a proposal that nobody decided in time; anyone can be the `settler`.
#[must_use]
pub fn expire(settler: Wallet, thread: ThreadId, hash: ContentHash, proposal_author: Wallet) -> Instruction {
    instruction::Expire {}.to_instruction(accounts::Expire {
        settler: account(settler),
        open: open_proposal(thread, hash, proposal_author),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Takes a proposal back; the stake goes to `author`'s associated token account, which must exist.
#[must_use]
pub fn cancel(deployment: &Deployment, author: Wallet, thread: ThreadId, hash: ContentHash) -> Instruction {
    instruction::Cancel {}.to_instruction(accounts::Cancel {
        author: account(author),
        thread: address::thread(thread),
        proposal: address::content(thread, hash),
        pay_out: deployment.pay_out(author),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Takes what is claimable into `wallet`'s associated token account, which must exist.
#[must_use]
pub fn claim(deployment: &Deployment, wallet: Wallet, thread: ThreadId) -> Instruction {
    instruction::Claim {}.to_instruction(accounts::Claim {
        wallet: account(wallet),
        thread: address::thread(thread),
        pay_out: deployment.pay_out(wallet),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Leaves a thread; what is paid out goes to `wallet`'s associated token account, which must exist. Refused where that
/// would be less than `at_least` base units.
#[must_use]
pub fn divest(deployment: &Deployment, wallet: Wallet, thread: ThreadId, at_least: u64) -> Instruction {
    instruction::Divest { at_least }.to_instruction(accounts::Divest {
        wallet: account(wallet),
        thread: address::thread(thread),
        pay_out: deployment.pay_out(wallet),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Ends a thread, as its sole co-author.
#[must_use]
pub fn archive(wallet: Wallet, thread: ThreadId) -> Instruction {
    instruction::Archive {}.to_instruction(accounts::Archive {
        wallet: account(wallet),
        thread: address::thread(thread),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Posts the state root of a slot, as the deployment's anchor authority.
#[must_use]
pub fn anchor_root(anchor_authority: Wallet, slot: u64, root: [u8; 32]) -> Instruction {
    let args = AnchorRootArgs { slot, root };
    instruction::AnchorRoot { args }.to_instruction(accounts::AnchorRoot {
        anchor_authority: account(anchor_authority),
        config: address::config(),
        roots: address::roots(),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}

/// Takes `amount` base units out of the treasury into `authority`'s associated token account, which must exist.
#[must_use]
pub fn withdraw_treasury(deployment: &Deployment, authority: Wallet, amount: u64) -> Instruction {
    instruction::WithdrawTreasury { amount }.to_instruction(accounts::WithdrawTreasury {
        authority: account(authority),
        pay_out: deployment.pay_out(authority),
        event_authority: address::event_authority(),
        program: crate::ID,
    })
}
