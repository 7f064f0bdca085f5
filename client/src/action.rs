//! What a wallet can do, in the two forms that must agree: what is asked of the backend, and the
//! instruction this side builds by itself.

use chorale::build::{self, Deployment};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_wire::http::Prepare;
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
        }
    }

    /// The thread it is about.
    #[must_use]
    pub fn thread(&self) -> ThreadId {
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
            | Self::Archive { thread } => thread,
        }
    }
}
