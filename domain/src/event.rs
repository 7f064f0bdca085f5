//! What the program says happened, as followers see it after decoding.
//!
//! Every event carries what a follower needs to keep its own state and, where tokens move, the totals
//! that must result, so that a follower that lost something notices at once.

mod place;
mod reading;

use crate::content::ContentHash;
use crate::id::{Amount, Hash32, ThreadId, Wallet};
use serde::{Deserialize, Serialize};

pub use place::{ChainEvent, EventId};

/// What happened. Times are the chain's clock in Unix seconds; amounts are base units of the token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
        /// Member numbers of the approvers, in the order of their seats; each got `share`.
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
    /// The authority changed the settings.
    ConfigUpdated {
        /// Who changed them.
        authority: Wallet,
        /// May post state roots from now on.
        anchor_authority: Wallet,
        /// The least stake of a proposal.
        min_stake: Amount,
        /// Seconds a proposal stays open; those open already keep their end.
        proposal_ttl: i64,
        /// Seconds from joining before a co-author may leave.
        divest_cooldown: i64,
        /// What a thread keeps when a co-author leaves.
        min_thread_balance: Amount,
        /// When.
        updated_at: i64,
    },
    /// The authority invited a successor, or took the invitation back.
    AuthorityProposed {
        /// Who has the authority.
        authority: Wallet,
        /// Who may accept it; `None` takes an invitation back.
        pending: Option<Wallet>,
        /// When.
        proposed_at: i64,
    },
    /// The authority changed hands.
    AuthorityAccepted {
        /// Who had it.
        previous: Wallet,
        /// Who has it.
        authority: Wallet,
        /// When.
        accepted_at: i64,
    },
    /// New threads, messages and proposals were stopped or resumed.
    PausedSet {
        /// Who did it.
        authority: Wallet,
        /// Whether they are stopped.
        paused: bool,
        /// When.
        set_at: i64,
    },
    /// Nobody decided a proposal in time.
    ProposalExpired {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Its author.
        author: Wallet,
        /// Whose transaction said so.
        settled_by: Wallet,
        /// All of the stake.
        to_treasury: Amount,
        /// When.
        expired_at: i64,
        /// The thread's escrow after it.
        escrow: Amount,
        /// The treasury after it.
        treasury: Amount,
    },
    /// A proposal was taken back by its author.
    ProposalCancelled {
        /// The thread.
        thread: ThreadId,
        /// The proposal.
        hash: ContentHash,
        /// Its author.
        author: Wallet,
        /// All of the stake, back to the author.
        refund: Amount,
        /// When.
        cancelled_at: i64,
        /// The thread's escrow after it.
        escrow: Amount,
    },
    /// A co-author left.
    Divested {
        /// The thread.
        thread: ThreadId,
        /// Who left.
        wallet: Wallet,
        /// The member number they had.
        member: u32,
        /// Their part of the thread's balance.
        share: Amount,
        /// What was claimable, paid out with it.
        claimed: Amount,
        /// When.
        divested_at: i64,
        /// The thread's balance after it.
        token_balance: Amount,
        /// Whether they were the last one, so that the thread is archived.
        archived: bool,
    },
    /// The sole co-author ended a thread.
    ThreadArchived {
        /// The thread.
        thread: ThreadId,
        /// The co-author, who keeps the seat.
        wallet: Wallet,
        /// The co-author's member number.
        member: u32,
        /// When.
        archived_at: i64,
    },
    /// A state root was posted.
    RootAnchored {
        /// Who posted it.
        authority: Wallet,
        /// The slot it is the root of.
        slot: u64,
        /// The root.
        root: Hash32,
        /// When.
        anchored_at: i64,
    },
    /// The authority took tokens out of the treasury.
    TreasuryWithdrawn {
        /// Who did it.
        authority: Wallet,
        /// The token account they went to.
        destination: Wallet,
        /// How much.
        amount: Amount,
        /// When.
        withdrawn_at: i64,
        /// The treasury after it.
        treasury: Amount,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
