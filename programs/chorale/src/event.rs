//! What the program says happened: self-CPI events, which no log truncation can lose.
//!
//! The data of the inner instruction is Anchor's event tag, the event's discriminator, then the fields in
//! Borsh's layout. The first field is always the schema version. Off the chain, [`decode`] reads them back.

use anchor_lang::Event;
use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::pinocchio::cpi::{Seed, Signer, invoke_signed};
use anchor_lang::pinocchio::instruction::{InstructionAccount, InstructionView};
use anchor_lang::prelude::*;

use crate::seeds;

/// Schema version of the events below.
pub const EVENT_VERSION: u8 = 1;

/// Sends an event to the program itself, signed by the event authority.
pub(crate) fn emit(authority: &AccountView, bump: u8, event: &impl Event) -> Result<()> {
    let body = event.data();
    let mut data = Vec::with_capacity(EVENT_IX_TAG_LE.len() + body.len());
    data.extend_from_slice(EVENT_IX_TAG_LE);
    data.extend_from_slice(&body);
    let accounts = [InstructionAccount::readonly_signer(authority.address())];
    let instruction = InstructionView { program_id: &crate::ID, accounts: &accounts, data: &data };
    let bump = [bump];
    let seeds = [Seed::from(seeds::EVENT_AUTHORITY), Seed::from(&bump)];
    invoke_signed(&instruction, &[authority], &[Signer::from(&seeds)])
}

/// Declares an event: on the chain it can be written only, elsewhere it can be read back too.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[event]
        #[cfg_attr(not(target_os = "solana"), derive(Clone, Debug, PartialEq, Eq, wincode::SchemaRead))]
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
        min_stake: u64,
        /// Seconds.
        proposal_ttl: i64,
        /// Seconds.
        divest_cooldown: i64,
        /// Base units.
        min_thread_balance: u64,
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
        approval_bps: u16,
        /// Unix seconds.
        created_at: i64,
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
        sequence: u64,
        /// Unix seconds.
        published_at: i64,
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
        stake: u64,
        /// Unix seconds.
        created_at: i64,
        /// Unix seconds.
        expires_at: i64,
        /// The thread's escrow after it, base units.
        escrow: u64,
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
        member: u32,
        /// Approve or deny.
        approve: bool,
        /// Unix seconds.
        voted_at: i64,
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
        member: u32,
        /// Position in the content log.
        sequence: u64,
        /// Member numbers of those who got a share.
        approvers: Vec<u32>,
        /// Base units to each of them.
        share: u64,
        /// Base units that did not divide.
        to_treasury: u64,
        /// Unix seconds.
        approved_at: i64,
        /// The thread's escrow after it, base units.
        escrow: u64,
        /// The treasury after it, base units.
        treasury: u64,
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
        to_treasury: u64,
        /// Base units of the stake that went to the thread.
        to_thread: u64,
        /// Unix seconds.
        rejected_at: i64,
        /// The thread's escrow after it, base units.
        escrow: u64,
        /// The thread's balance after it, base units.
        token_balance: u64,
        /// The treasury after it, base units.
        treasury: u64,
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
        member: u32,
        /// Base units.
        amount: u64,
        /// Unix seconds.
        claimed_at: i64,
    }
);

#[cfg(not(target_os = "solana"))]
mod decoding {
    use super::*;
    use anchor_lang::{BORSH_CONFIG, Discriminator};
    use chorale_domain::event::Event as DomainEvent;
    use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
    use wincode::SchemaRead;

    /// Why the data of an event could not be read.
    #[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
    pub enum DecodeError {
        /// Shorter than a discriminator and a version.
        #[error("{0} bytes are too few for an event")]
        TooShort(usize),
        /// No event of this program has that discriminator.
        #[error("no event has discriminator {0:?}: it may come from a newer program")]
        UnknownEvent([u8; 8]),
        /// Another schema version.
        #[error("this software reads events of version {EVENT_VERSION}, not {0}: use one that knows both")]
        UnknownVersion(u8),
        /// Fields missing, left over or out of range.
        #[error("the fields do not fit the event: {0}")]
        Malformed(String),
    }

    /// Reads an event back: discriminator, version, fields. Returns the schema version with it.
    ///
    /// # Errors
    /// [`DecodeError`] if the data is not exactly one event of a known version.
    pub fn decode(data: &[u8]) -> core::result::Result<(u8, DomainEvent), DecodeError> {
        let too_short = DecodeError::TooShort(data.len());
        let (discriminator, body) = data.split_first_chunk::<8>().ok_or(too_short.clone())?;
        let version = *body.first().ok_or(too_short)?;
        let read = reader(discriminator).ok_or(DecodeError::UnknownEvent(*discriminator))?;
        if version != EVENT_VERSION {
            return Err(DecodeError::UnknownVersion(version));
        }
        Ok((version, read(body)?))
    }

    type Reader = fn(&[u8]) -> core::result::Result<DomainEvent, DecodeError>;

    fn reader(discriminator: &[u8; 8]) -> Option<Reader> {
        let readers: [(&[u8], Reader); 8] = [
            (ConfigInitialized::DISCRIMINATOR, read::<ConfigInitialized>),
            (ThreadCreated::DISCRIMINATOR, read::<ThreadCreated>),
            (MessagePublished::DISCRIMINATOR, read::<MessagePublished>),
            (ProposalCreated::DISCRIMINATOR, read::<ProposalCreated>),
            (VoteCast::DISCRIMINATOR, read::<VoteCast>),
            (ProposalApproved::DISCRIMINATOR, read::<ProposalApproved>),
            (ProposalRejected::DISCRIMINATOR, read::<ProposalRejected>),
            (Claimed::DISCRIMINATOR, read::<Claimed>),
        ];
        readers.into_iter().find(|(known, _)| known == discriminator).map(|(_, reader)| reader)
    }

    fn read<T>(body: &[u8]) -> core::result::Result<DomainEvent, DecodeError>
    where
        T: for<'de> SchemaRead<'de, anchor_lang::BorshConfig, Dst = T> + Into<DomainEvent>,
    {
        let event: T = wincode::config::deserialize_exact(body, BORSH_CONFIG)
            .map_err(|error| DecodeError::Malformed(error.to_string()))?;
        Ok(event.into())
    }

    fn wallet(address: Address) -> Wallet {
        Wallet(address.to_bytes())
    }

    impl From<ConfigInitialized> for DomainEvent {
        fn from(event: ConfigInitialized) -> Self {
            Self::ConfigInitialized {
                authority: wallet(event.authority),
                anchor_authority: wallet(event.anchor_authority),
                mint: wallet(event.mint),
                token_program: wallet(event.token_program),
                decimals: event.decimals,
                min_stake: Amount(event.min_stake),
                proposal_ttl: event.proposal_ttl,
                divest_cooldown: event.divest_cooldown,
                min_thread_balance: Amount(event.min_thread_balance),
            }
        }
    }

    impl From<ThreadCreated> for DomainEvent {
        fn from(event: ThreadCreated) -> Self {
            Self::ThreadCreated {
                thread: ThreadId(event.thread),
                creator: wallet(event.creator),
                approval_bps: event.approval_bps,
                created_at: event.created_at,
            }
        }
    }

    impl From<MessagePublished> for DomainEvent {
        fn from(event: MessagePublished) -> Self {
            Self::MessagePublished {
                thread: ThreadId(event.thread),
                hash: Hash32(event.hash),
                author: wallet(event.author),
                sequence: event.sequence,
                published_at: event.published_at,
            }
        }
    }

    impl From<ProposalCreated> for DomainEvent {
        fn from(event: ProposalCreated) -> Self {
            Self::ProposalCreated {
                thread: ThreadId(event.thread),
                hash: Hash32(event.hash),
                author: wallet(event.author),
                stake: Amount(event.stake),
                created_at: event.created_at,
                expires_at: event.expires_at,
                escrow: Amount(event.escrow),
            }
        }
    }

    impl From<VoteCast> for DomainEvent {
        fn from(event: VoteCast) -> Self {
            Self::VoteCast {
                thread: ThreadId(event.thread),
                hash: Hash32(event.hash),
                voter: wallet(event.voter),
                member: event.member,
                approve: event.approve,
                voted_at: event.voted_at,
            }
        }
    }

    impl From<ProposalApproved> for DomainEvent {
        fn from(event: ProposalApproved) -> Self {
            Self::ProposalApproved {
                thread: ThreadId(event.thread),
                hash: Hash32(event.hash),
                author: wallet(event.author),
                settled_by: wallet(event.settled_by),
                member: event.member,
                sequence: event.sequence,
                approvers: event.approvers,
                share: Amount(event.share),
                to_treasury: Amount(event.to_treasury),
                approved_at: event.approved_at,
                escrow: Amount(event.escrow),
                treasury: Amount(event.treasury),
            }
        }
    }

    impl From<ProposalRejected> for DomainEvent {
        fn from(event: ProposalRejected) -> Self {
            Self::ProposalRejected {
                thread: ThreadId(event.thread),
                hash: Hash32(event.hash),
                author: wallet(event.author),
                settled_by: wallet(event.settled_by),
                to_treasury: Amount(event.to_treasury),
                to_thread: Amount(event.to_thread),
                rejected_at: event.rejected_at,
                escrow: Amount(event.escrow),
                token_balance: Amount(event.token_balance),
                treasury: Amount(event.treasury),
            }
        }
    }

    impl From<Claimed> for DomainEvent {
        fn from(event: Claimed) -> Self {
            Self::Claimed {
                thread: ThreadId(event.thread),
                wallet: wallet(event.wallet),
                member: event.member,
                amount: Amount(event.amount),
                claimed_at: event.claimed_at,
            }
        }
    }
}

#[cfg(not(target_os = "solana"))]
pub use decoding::{DecodeError, decode};
