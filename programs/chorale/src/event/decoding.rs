//! Reading events back, for followers.

use super::*;
use crate::state::Approvers;
use anchor_lang::Discriminator;
use bytemuck::try_pod_read_unaligned;
use chorale_domain::event::Event as DomainEvent;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};

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
    /// Fields missing or left over.
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

fn read<T: Pod + Into<DomainEvent>>(body: &[u8]) -> core::result::Result<DomainEvent, DecodeError> {
    let event: T = try_pod_read_unaligned(body).map_err(|error| DecodeError::Malformed(error.to_string()))?;
    Ok(event.into())
}

fn wallet(address: Address) -> Wallet {
    Wallet(address.to_bytes())
}

/// Turns a field of the program's event into the domain's.
trait Field<T> {
    fn field(self) -> T;
}

macro_rules! fields {
    ($($from:ty => $to:ty: |$value:ident| $convert:expr,)*) => {
        $(impl Field<$to> for $from {
            fn field(self) -> $to {
                let $value = self;
                $convert
            }
        })*
    };
}

fields! {
    u8 => u8: |value| value,
    PodU16 => u16: |value| value.get(),
    PodU32 => u32: |value| value.get(),
    PodU64 => u64: |value| value.get(),
    PodU64 => Amount: |value| Amount(value.get()),
    PodI64 => i64: |value| value.get(),
    PodBool => bool: |value| value.get(),
    Address => Wallet: |value| wallet(value),
    Address => Option<Wallet>: |value| (value != Address::default()).then(|| wallet(value)),
    [u8; 32] => ThreadId: |value| ThreadId(value),
    [u8; 32] => Hash32: |value| Hash32(value),
    Approvers => Vec<u32>: |value| value.numbers().iter().map(PodU32::get).collect(),
}

/// Says of each event which fields it has: the domain's event of the same name has the same ones.
macro_rules! events {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl From<$name> for DomainEvent {
            fn from(event: $name) -> Self {
                Self::$name { $($field: event.$field.field(),)* }
            }
        })*

        fn reader(discriminator: &[u8; 8]) -> Option<Reader> {
            let readers: &[(&[u8], Reader)] = &[$(($name::DISCRIMINATOR, read::<$name>),)*];
            readers.iter().find(|(known, _)| known == discriminator).map(|(_, reader)| *reader)
        }
    };
}

events! {
    ConfigInitialized { authority, anchor_authority, mint, token_program, decimals, min_stake, proposal_ttl, divest_cooldown, min_thread_balance }
    ThreadCreated { thread, creator, approval_bps, created_at }
    MessagePublished { thread, hash, author, sequence, published_at }
    ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow }
    VoteCast { thread, hash, voter, member, approve, voted_at }
    ProposalApproved { thread, hash, author, settled_by, member, sequence, share, to_treasury, approved_at, escrow, treasury, approvers }
    ProposalRejected { thread, hash, author, settled_by, to_treasury, to_thread, rejected_at, escrow, token_balance, treasury }
    ProposalExpired { thread, hash, author, settled_by, to_treasury, expired_at, escrow, treasury }
    ProposalCancelled { thread, hash, author, refund, cancelled_at, escrow }
    Claimed { thread, wallet, member, amount, claimed_at }
    Divested { thread, wallet, member, share, claimed, divested_at, token_balance, archived }
    ThreadArchived { thread, wallet, member, archived_at }
    ConfigUpdated { authority, anchor_authority, min_stake, proposal_ttl, divest_cooldown, min_thread_balance, updated_at }
    AuthorityProposed { authority, pending, proposed_at }
    AuthorityAccepted { previous, authority, accepted_at }
    PausedSet { authority, paused, set_at }
    RootAnchored { authority, slot, root, anchored_at }
    TreasuryWithdrawn { authority, destination, amount, withdrawn_at, treasury }
}
