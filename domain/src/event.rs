//! What the program says happened, as followers see it after decoding.
//!
//! Every event carries what a follower needs to keep its own state and, where tokens move, the totals
//! that must result, so that a follower that lost something notices at once.

use crate::content::ContentHash;
use crate::id::{Amount, Signature, ThreadId, Wallet};
use serde::{Deserialize, Serialize};

/// Where an event stands in the chain; the same event has the same id however often it is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct EventId {
    /// The transaction.
    pub signature: Signature,
    /// Index of the top-level instruction in the transaction.
    pub instruction: u32,
    /// Index of the inner instruction below it.
    pub inner: u32,
}

/// An event with its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChainEvent {
    /// Its identity.
    #[serde(flatten)]
    pub id: EventId,
    /// The slot of its transaction.
    pub slot: u64,
    /// Version of the event's schema, from the event itself.
    pub schema: u8,
    /// What happened.
    pub event: Event,
}

/// What happened. Times are the chain's clock in Unix seconds; amounts are base units of the token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The deployment was set up.
    ConfigInitialized {
        /// May change the configuration.
        authority: Wallet,
        /// May post state roots.
        anchor_authority: Wallet,
        /// The deployment's token.
        mint: Wallet,
        /// The program that owns the mint.
        token_program: Wallet,
        /// Decimal places of the token.
        decimals: u8,
        /// The least stake of a proposal.
        min_stake: Amount,
        /// Seconds a proposal stays open.
        proposal_ttl: i64,
        /// Seconds from joining before a co-author may leave.
        divest_cooldown: i64,
        /// What a thread keeps when a co-author leaves.
        min_thread_balance: Amount,
    },
    /// A thread began, with its creator as first co-author, member 0.
    ThreadCreated {
        /// The thread.
        thread: ThreadId,
        /// Its first co-author.
        creator: Wallet,
        /// Share of co-authors that must approve, in basis points.
        approval_bps: u16,
        /// When.
        created_at: i64,
    },
    /// A co-author added a message directly.
    MessagePublished {
        /// The thread.
        thread: ThreadId,
        /// Hash of the content.
        hash: ContentHash,
        /// The co-author.
        author: Wallet,
        /// Position in the content log, from 0.
        sequence: u64,
        /// When.
        published_at: i64,
    },
    /// Someone who is not a co-author asks to be one with this content.
    ProposalCreated {
        /// The thread.
        thread: ThreadId,
        /// Hash of the content.
        hash: ContentHash,
        /// Who asks.
        author: Wallet,
        /// What is staked, now in the thread's escrow.
        stake: Amount,
        /// When.
        created_at: i64,
        /// From when on it can only expire.
        expires_at: i64,
        /// The thread's escrow after it.
        escrow: Amount,
    },
    /// A co-author voted.
    VoteCast {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Who voted.
        voter: Wallet,
        /// The voter's member number.
        member: u32,
        /// Approve or deny.
        approve: bool,
        /// When.
        voted_at: i64,
    },
    /// A proposal was approved: its author is a co-author, its hash is in the content log.
    ProposalApproved {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Its author.
        author: Wallet,
        /// Whose transaction settled it: the deciding voter's, say.
        settled_by: Wallet,
        /// The author's member number: a new one, or the one the author had already.
        member: u32,
        /// Position in the content log, from 0.
        sequence: u64,
        /// Member numbers of the approvers, each of whom got `share`.
        approvers: Vec<u32>,
        /// Added to each approver's claimable amount.
        share: Amount,
        /// What did not divide, to the treasury.
        to_treasury: Amount,
        /// When.
        approved_at: i64,
        /// The thread's escrow after it.
        escrow: Amount,
        /// The treasury after it.
        treasury: Amount,
    },
    /// A proposal was rejected.
    ProposalRejected {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Its author.
        author: Wallet,
        /// Whose transaction settled it: the deciding voter's, say.
        settled_by: Wallet,
        /// Part of the stake that went to the treasury.
        to_treasury: Amount,
        /// Part of the stake that went to the thread's balance.
        to_thread: Amount,
        /// When.
        rejected_at: i64,
        /// The thread's escrow after it.
        escrow: Amount,
        /// The thread's balance after it.
        token_balance: Amount,
        /// The treasury after it.
        treasury: Amount,
    },
    /// A co-author took out what was claimable.
    Claimed {
        /// The thread.
        thread: ThreadId,
        /// The co-author.
        wallet: Wallet,
        /// The co-author's member number.
        member: u32,
        /// How much.
        amount: Amount,
        /// When.
        claimed_at: i64,
    },
}

impl Event {
    /// The event's type as stored and sent: the same word JSON carries as `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConfigInitialized { .. } => "config_initialized",
            Self::ThreadCreated { .. } => "thread_created",
            Self::MessagePublished { .. } => "message_published",
            Self::ProposalCreated { .. } => "proposal_created",
            Self::VoteCast { .. } => "vote_cast",
            Self::ProposalApproved { .. } => "proposal_approved",
            Self::ProposalRejected { .. } => "proposal_rejected",
            Self::Claimed { .. } => "claimed",
        }
    }

    /// The thread it belongs to, `None` for those of the whole deployment.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::ConfigInitialized { .. } => None,
            Self::ThreadCreated { thread, .. }
            | Self::MessagePublished { thread, .. }
            | Self::ProposalCreated { thread, .. }
            | Self::VoteCast { thread, .. }
            | Self::ProposalApproved { thread, .. }
            | Self::ProposalRejected { thread, .. }
            | Self::Claimed { thread, .. } => Some(*thread),
        }
    }

    /// The content it is about.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        match self {
            Self::MessagePublished { hash, .. }
            | Self::ProposalCreated { hash, .. }
            | Self::VoteCast { hash, .. }
            | Self::ProposalApproved { hash, .. }
            | Self::ProposalRejected { hash, .. } => Some(*hash),
            Self::ConfigInitialized { .. } | Self::ThreadCreated { .. } | Self::Claimed { .. } => None,
        }
    }

    /// Whose doing it is.
    #[must_use]
    pub fn actor(&self) -> Wallet {
        match self {
            Self::ConfigInitialized { authority: actor, .. }
            | Self::ThreadCreated { creator: actor, .. }
            | Self::MessagePublished { author: actor, .. }
            | Self::ProposalCreated { author: actor, .. }
            | Self::VoteCast { voter: actor, .. }
            | Self::ProposalApproved { settled_by: actor, .. }
            | Self::ProposalRejected { settled_by: actor, .. }
            | Self::Claimed { wallet: actor, .. } => *actor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Hash32;

    #[test]
    fn json_names_the_type_and_keeps_large_amounts_exact() {
        let event = Event::Claimed {
            thread: ThreadId([1; 32]),
            wallet: Wallet([2; 32]),
            member: 3,
            amount: Amount(u64::MAX),
            claimed_at: 5,
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.kind());
        assert_eq!(json["amount"], "18446744073709551615");
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }

    #[test]
    fn a_chain_event_survives_json() {
        let event = Event::MessagePublished {
            thread: ThreadId([1; 32]),
            hash: Hash32([2; 32]),
            author: Wallet([3; 32]),
            sequence: 4,
            published_at: 5,
        };
        let id = EventId { signature: Signature([6; 64]), instruction: 7, inner: 8 };
        let event = ChainEvent { id, slot: 9, schema: 1, event };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<ChainEvent>(&json).unwrap(), event);
    }
}
