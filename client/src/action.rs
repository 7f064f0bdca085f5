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
    },
    /// Vote on a proposal.
    Vote {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Whose proposal it is, from the room's state: the vote is for this author's and no other's.
        author: Wallet,
        /// Approve or deny.
        approve: bool,
    },
    /// Take out what is claimable.
    Claim {
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
            Self::Propose { thread, hash, stake } => Prepare::Propose { thread, hash, stake },
            Self::Vote { thread, hash, approve, .. } => Prepare::Vote { thread, hash, approve },
            Self::Claim { thread } => Prepare::Claim { thread },
        }
    }

    /// The only instruction that does this for `wallet`.
    #[must_use]
    pub fn instruction(&self, wallet: Wallet, deployment: &Deployment) -> Instruction {
        match *self {
            Self::CreateThread { thread, approval_bps } => build::create_thread(wallet, thread, approval_bps),
            Self::Publish { thread, hash } => build::publish(wallet, thread, hash),
            Self::Propose { thread, hash, stake } => {
                build::propose(deployment, wallet, thread, hash, stake.0)
            }
            Self::Vote { thread, hash, author, approve } => {
                build::vote(wallet, thread, hash, author, approve)
            }
            Self::Claim { thread } => build::claim(deployment, wallet, thread),
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
            | Self::Claim { thread } => thread,
        }
    }
}
