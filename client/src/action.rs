//! What a wallet can do, in the two forms that must agree: what is asked of the backend, and the
//! instruction this side builds by itself.

use chorale::build::{self, Deployment};
use chorale::state::ConfigUpdate;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_wire::http::{Prepare, Settings};
use solana_address::Address;
use solana_instruction::Instruction;

/// Something a wallet does on the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Begin a thread.
    CreateThread {
        /// 32 random bytes of the caller's choice.
        thread: ThreadId,
        /// Share of co-authors that must approve, in basis points.
        approval_bps: u16,
    },
    /// Add a message to a thread one co-authors.
    Publish {
        /// The thread.
        thread: ThreadId,
        /// Hash of an uploaded body.
        hash: ContentHash,
    },
    /// Ask to become a co-author with this content.
    Propose {
        /// The thread.
        thread: ThreadId,
        /// Hash of an uploaded body.
        hash: ContentHash,
        /// What to stake, in base units of the token.
        stake: Amount,
        /// Refused where the proposal would expire before this time, in Unix seconds of the chain's clock: what the
        /// configuration says may change until the chain decides. 0 takes any.
        open_until: i64,
    },
    /// Vote on a proposal.
    Vote {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Whose proposal it is, from the room's state: the vote is for this author's and no other's.
        author: Wallet,
        /// What is staked on it, in base units, from the room's state: the vote is for this stake and no other.
        stake: Amount,
        /// Approve or deny.
        approve: bool,
    },
    /// Settle a proposal that is decided since a co-author left. Anyone may.
    Settle {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Whose proposal it is, from the room's state.
        author: Wallet,
    },
    /// End a proposal that nobody decided in time. Anyone may.
    Expire {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Whose proposal it is, from the room's state.
        author: Wallet,
    },
    /// Take one's proposal back, with the stake.
    Cancel {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
    },
    /// Take out what is claimable.
    Claim {
        /// The thread.
        thread: ThreadId,
    },
    /// Leave a thread with one's part of its balance and what is claimable.
    Divest {
        /// The thread.
        thread: ThreadId,
        /// Refused where less would be paid out, in base units: others may leave or join, and settings change,
        /// until the chain decides. 0 takes any.
        at_least: Amount,
    },
    /// End a thread, as its sole co-author.
    Archive {
        /// The thread.
        thread: ThreadId,
    },
    /// Set the deployment up, as the program's upgrade authority; once.
    Initialize {
        /// The deployment's token.
        mint: Wallet,
        /// The program that owns the mint.
        token_program: Wallet,
        /// What it begins with.
        settings: Settings,
    },
    /// Change the settings, as the deployment's authority.
    UpdateConfig {
        /// All of them, as they are to be.
        settings: Settings,
        /// Who may post state roots from then on.
        anchor_authority: Wallet,
    },
    /// Invite a successor, as the deployment's authority.
    ProposeAuthority {
        /// Who may accept; `None` takes an invitation back.
        pending: Option<Wallet>,
    },
    /// Take the authority over, as the wallet that was invited.
    AcceptAuthority,
    /// Stop or resume new threads, messages and proposals, as the deployment's authority.
    SetPaused {
        /// Whether they are to be stopped.
        paused: bool,
    },
    /// Post the state root of a slot, as the deployment's anchor authority.
    AnchorRoot {
        /// The slot.
        slot: u64,
        /// The root.
        root: Hash32,
    },
    /// Take tokens out of the treasury, as the deployment's authority.
    WithdrawTreasury {
        /// How much, in base units.
        amount: Amount,
    },
}

impl Action {
    /// What the backend is asked to prepare.
    #[must_use]
    pub fn request(&self) -> Prepare {
        match *self {
            Self::CreateThread { thread, approval_bps } => Prepare::CreateThread { thread, approval_bps },
            Self::Publish { thread, hash } => Prepare::Publish { thread, hash },
            Self::Propose { thread, hash, stake, open_until } => {
                Prepare::Propose { thread, hash, stake, open_until }
            }
            Self::Vote { thread, hash, approve, .. } => Prepare::Vote { thread, hash, approve },
            Self::Settle { thread, hash, .. } => Prepare::Settle { thread, hash },
            Self::Expire { thread, hash, .. } => Prepare::Expire { thread, hash },
            Self::Cancel { thread, hash } => Prepare::Cancel { thread, hash },
            Self::Claim { thread } => Prepare::Claim { thread },
            Self::Divest { thread, at_least } => Prepare::Divest { thread, at_least },
            Self::Archive { thread } => Prepare::Archive { thread },
            Self::Initialize { mint, token_program, settings } => {
                Prepare::Initialize { mint, token_program, settings }
            }
            Self::UpdateConfig { settings, anchor_authority } => {
                Prepare::UpdateConfig { settings, anchor_authority }
            }
            Self::ProposeAuthority { pending } => Prepare::ProposeAuthority { pending },
            Self::AcceptAuthority => Prepare::AcceptAuthority {},
            Self::SetPaused { paused } => Prepare::SetPaused { paused },
            Self::AnchorRoot { slot, root } => Prepare::AnchorRoot { slot, root },
            Self::WithdrawTreasury { amount } => Prepare::WithdrawTreasury { amount },
        }
    }

    /// The only instruction that does this for `wallet`.
    #[must_use]
    pub fn instruction(&self, wallet: Wallet, deployment: &Deployment) -> Instruction {
        match *self {
            Self::CreateThread { thread, approval_bps } => build::create_thread(wallet, thread, approval_bps),
            Self::Publish { thread, hash } => build::publish(wallet, thread, hash),
            Self::Propose { thread, hash, stake, open_until } => {
                build::propose(deployment, wallet, thread, hash, stake.0, open_until)
            }
            Self::Vote { thread, hash, author, stake, approve } => {
                build::vote(wallet, thread, hash, author, stake.0, approve)
            }
            Self::Settle { thread, hash, author } => build::settle(wallet, thread, hash, author),
            Self::Expire { thread, hash, author } => build::expire(wallet, thread, hash, author),
            Self::Cancel { thread, hash } => build::cancel(deployment, wallet, thread, hash),
            Self::Claim { thread } => build::claim(deployment, wallet, thread),
            Self::Divest { thread, at_least } => build::divest(deployment, wallet, thread, at_least.0),
            Self::Archive { thread } => build::archive(wallet, thread),
            Self::Initialize { mint, token_program, settings } => {
                let [mint, token_program] = [mint, token_program].map(|address| Address::from(address.0));
                build::initialize(&Deployment { mint, token_program }, wallet, chosen(settings))
            }
            Self::UpdateConfig { settings, anchor_authority } => {
                let anchor_authority = Address::from(anchor_authority.0);
                build::update_config(wallet, ConfigUpdate { settings: chosen(settings), anchor_authority })
            }
            Self::ProposeAuthority { pending } => build::propose_authority(wallet, pending),
            Self::AcceptAuthority => build::accept_authority(wallet),
            Self::SetPaused { paused } => build::set_paused(wallet, paused),
            Self::AnchorRoot { slot, root } => build::anchor_root(wallet, slot, root.0),
            Self::WithdrawTreasury { amount } => build::withdraw_treasury(deployment, wallet, amount.0),
        }
    }

    /// The thread it is about, `None` for what is about the whole deployment.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match *self {
            Self::CreateThread { thread, .. }
            | Self::Publish { thread, .. }
            | Self::Propose { thread, .. }
            | Self::Vote { thread, .. }
            | Self::Settle { thread, .. }
            | Self::Expire { thread, .. }
            | Self::Cancel { thread, .. }
            | Self::Claim { thread }
            | Self::Divest { thread, .. }
            | Self::Archive { thread } => Some(thread),
            Self::Initialize { .. }
            | Self::UpdateConfig { .. }
            | Self::ProposeAuthority { .. }
            | Self::AcceptAuthority
            | Self::SetPaused { .. }
            | Self::AnchorRoot { .. }
            | Self::WithdrawTreasury { .. } => None,
        }
    }
}

/// The settings as the program takes them.
fn chosen(settings: Settings) -> chorale::state::Settings {
    chorale::state::Settings {
        min_stake: settings.min_stake.0,
        proposal_ttl: settings.proposal_ttl,
        divest_cooldown: settings.divest_cooldown,
        min_thread_balance: settings.min_thread_balance.0,
    }
}
