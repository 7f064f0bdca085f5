//! The events. Amounts are base units of the token, times Unix seconds by the chain's clock.

use anchor_lang::prelude::*;

use crate::state::Approvers;

/// Declares an event of plain bytes, whose first field is the schema version.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[event(bytemuck)]
        pub struct $name {
            /// See [`EVENT_VERSION`].
            pub version: u8,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

event!(
    /// The deployment was set up.
    ConfigInitialized {
        /// May change the settings.
        authority: Address,
        /// May post state roots.
        anchor_authority: Address,
        /// The deployment's token.
        mint: Address,
        /// The program that owns the mint.
        token_program: Address,
        /// Decimal places of the token.
        decimals: u8,
        /// Base units.
        min_stake: PodU64,
        /// Seconds.
        proposal_ttl: PodI64,
        /// Seconds.
        divest_cooldown: PodI64,
        /// Base units.
        min_thread_balance: PodU64,
    }
);
event!(
    /// A thread began, with its creator as member 0.
    ThreadCreated {
        /// The thread's id.
        thread: [u8; 32],
        /// Its first co-author.
        creator: Address,
        /// Basis points.
        approval_bps: PodU16,
        /// Unix seconds.
        created_at: PodI64,
    }
);
event!(
    /// A co-author added a message.
    MessagePublished {
        /// The thread's id.
        thread: [u8; 32],
        /// Hash of the content.
        hash: [u8; 32],
        /// The co-author.
        author: Address,
        /// Position in the content log.
        sequence: PodU64,
        /// Unix seconds.
        published_at: PodI64,
    }
);
event!(
    /// Someone asks to become a co-author.
    ProposalCreated {
        /// The thread's id.
        thread: [u8; 32],
        /// Hash of the content.
        hash: [u8; 32],
        /// Who asks.
        author: Address,
        /// Base units.
        stake: PodU64,
        /// Unix seconds.
        created_at: PodI64,
        /// Unix seconds.
        expires_at: PodI64,
        /// The thread's escrow after it, base units.
        escrow: PodU64,
    }
);
event!(
    /// A co-author voted.
    VoteCast {
        /// The thread's id.
        thread: [u8; 32],
        /// The proposal's hash.
        hash: [u8; 32],
        /// Who voted.
        voter: Address,
        /// The voter's member number.
        member: PodU32,
        /// Approve or deny.
        approve: PodBool,
        /// Unix seconds.
        voted_at: PodI64,
    }
);
event!(
    /// A proposal was approved.
    ProposalApproved {
        /// The thread's id.
        thread: [u8; 32],
        /// The proposal's hash.
        hash: [u8; 32],
        /// Its author, now a co-author.
        author: Address,
        /// Whose transaction settled it.
        settled_by: Address,
        /// The author's member number.
        member: PodU32,
        /// Position in the content log.
        sequence: PodU64,
        /// Base units to each of them.
        share: PodU64,
        /// Base units that did not divide.
        to_treasury: PodU64,
        /// Unix seconds.
        approved_at: PodI64,
        /// The thread's escrow after it, base units.
        escrow: PodU64,
        /// The treasury after it, base units.
        treasury: PodU64,
        /// Who got a share.
        approvers: Approvers,
    }
);
event!(
    /// A proposal was rejected.
    ProposalRejected {
        /// The thread's id.
        thread: [u8; 32],
        /// The proposal's hash.
        hash: [u8; 32],
        /// Its author.
        author: Address,
        /// Whose transaction settled it.
        settled_by: Address,
        /// Base units of the stake that went to the treasury.
        to_treasury: PodU64,
        /// Base units of the stake that went to the thread.
        to_thread: PodU64,
        /// Unix seconds.
        rejected_at: PodI64,
        /// The thread's escrow after it, base units.
        escrow: PodU64,
        /// The thread's balance after it, base units.
        token_balance: PodU64,
        /// The treasury after it, base units.
        treasury: PodU64,
    }
);
event!(
    /// Nobody decided a proposal in time.
    ProposalExpired {
        /// The thread's id.
        thread: [u8; 32],
        /// The proposal's hash.
        hash: [u8; 32],
        /// Its author.
        author: Address,
        /// Whose transaction said so.
        settled_by: Address,
        /// Base units: all of the stake.
        to_treasury: PodU64,
        /// Unix seconds.
        expired_at: PodI64,
        /// The thread's escrow after it, base units.
        escrow: PodU64,
        /// The treasury after it, base units.
        treasury: PodU64,
    }
);
event!(
    /// A proposal was taken back by its author.
    ProposalCancelled {
        /// The thread's id.
        thread: [u8; 32],
        /// The proposal's hash.
        hash: [u8; 32],
        /// Its author.
        author: Address,
        /// Base units: all of the stake.
        refund: PodU64,
        /// Unix seconds.
        cancelled_at: PodI64,
        /// The thread's escrow after it, base units.
        escrow: PodU64,
    }
);
event!(
    /// A co-author took out what was claimable.
    Claimed {
        /// The thread's id.
        thread: [u8; 32],
        /// The co-author.
        wallet: Address,
        /// The co-author's member number.
        member: PodU32,
        /// Base units.
        amount: PodU64,
        /// Unix seconds.
        claimed_at: PodI64,
    }
);
event!(
    /// A co-author left.
    Divested {
        /// The thread's id.
        thread: [u8; 32],
        /// Who left.
        wallet: Address,
        /// The member number they had.
        member: PodU32,
        /// Base units of the thread's balance they got.
        share: PodU64,
        /// Base units that were claimable.
        claimed: PodU64,
        /// Unix seconds.
        divested_at: PodI64,
        /// The thread's balance after it, base units.
        token_balance: PodU64,
        /// Whether nobody is left, so that the thread is archived now if it was not before.
        archived: PodBool,
    }
);
event!(
    /// The sole co-author ended a thread.
    ThreadArchived {
        /// The thread's id.
        thread: [u8; 32],
        /// The co-author.
        wallet: Address,
        /// The co-author's member number.
        member: PodU32,
        /// Unix seconds.
        archived_at: PodI64,
    }
);
event!(
    /// The settings changed.
    ConfigUpdated {
        /// Who changed them.
        authority: Address,
        /// May post state roots.
        anchor_authority: Address,
        /// Base units.
        min_stake: PodU64,
        /// Seconds.
        proposal_ttl: PodI64,
        /// Seconds.
        divest_cooldown: PodI64,
        /// Base units.
        min_thread_balance: PodU64,
        /// Unix seconds.
        updated_at: PodI64,
    }
);
event!(
    /// The authority invited a successor, or took the invitation back.
    AuthorityProposed {
        /// Who has the authority.
        authority: Address,
        /// Who may accept it; all zero when nobody.
        pending: Address,
        /// Unix seconds.
        proposed_at: PodI64,
    }
);
event!(
    /// The authority changed hands.
    AuthorityAccepted {
        /// Who had it.
        previous: Address,
        /// Who has it.
        authority: Address,
        /// Unix seconds.
        accepted_at: PodI64,
    }
);
event!(
    /// New threads, messages and proposals were stopped or resumed.
    PausedSet {
        /// Who did it.
        authority: Address,
        /// Whether they are stopped.
        paused: PodBool,
        /// Unix seconds.
        set_at: PodI64,
    }
);
event!(
    /// A state root was posted.
    RootAnchored {
        /// Who posted it.
        authority: Address,
        /// The slot it is the root of.
        slot: PodU64,
        /// The root.
        root: [u8; 32],
        /// Unix seconds.
        anchored_at: PodI64,
    }
);
event!(
    /// The authority took tokens out of the treasury.
    TreasuryWithdrawn {
        /// Who did it.
        authority: Address,
        /// The token account they went to.
        destination: Address,
        /// Base units.
        amount: PodU64,
        /// Unix seconds.
        withdrawn_at: PodI64,
        /// The treasury after it, base units.
        treasury: PodU64,
    }
);
