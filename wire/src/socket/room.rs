//! What a client can follow.

use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// What a client can follow. Its text form is `lobby`, `thread/ID` or `wallet/ID`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Room {
    /// The deployment: configuration, treasury, state roots and every thread (not what is in them).
    Lobby,
    /// One thread with its members, proposals and messages.
    Thread(ThreadId),
    /// One's own wallet: its seats in all threads, with what can be claimed, and its proposals.
    Wallet(Wallet),
}

impl Room {
    /// Whether an entity belongs to the room's state.
    #[must_use]
    pub fn holds(&self, key: &EntityKey, entity: &Entity) -> bool {
        match self {
            Self::Lobby | Self::Thread(_) => self.covers(key),
            Self::Wallet(wallet) => owner(entity) == Some(*wallet),
        }
    }

    /// Whether the room's state may have an entity with this key: all that can be said of one that is gone.
    #[must_use]
    pub fn covers(&self, key: &EntityKey) -> bool {
        match self {
            // All that is nobody's thread, and the threads themselves.
            Self::Lobby => key.thread().is_none() || matches!(key, EntityKey::Thread(_)),
            Self::Thread(thread) => key.thread() == Some(*thread),
            Self::Wallet(_) => matches!(key, EntityKey::Member(..) | EntityKey::Proposal(..)),
        }
    }
}

/// Whose an entity is: a seat's wallet, a proposal's author; nobody's for everything else.
#[must_use]
pub fn owner(entity: &Entity) -> Option<Wallet> {
    match entity {
        Entity::Member(member) => Some(member.wallet),
        Entity::Proposal(proposal) => Some(proposal.author),
        Entity::Config(_)
        | Entity::Treasury(_)
        | Entity::Roots(_)
        | Entity::Thread(_)
        | Entity::Message(_) => None,
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lobby => f.write_str("lobby"),
            Self::Thread(thread) => write!(f, "thread/{thread}"),
            Self::Wallet(wallet) => write!(f, "wallet/{wallet}"),
        }
    }
}

/// Text that names no room.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} names no room: expected \"lobby\", \"thread/ID\" or \"wallet/ID\"")]
pub struct ParseRoomError(String);

impl FromStr for Room {
    type Err = ParseRoomError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let room = match text.split_once('/') {
            None if text == "lobby" => Some(Self::Lobby),
            Some(("thread", id)) => id.parse().ok().map(Self::Thread),
            Some(("wallet", id)) => id.parse().ok().map(Self::Wallet),
            _ => None,
        };
        room.ok_or_else(|| ParseRoomError(text.into()))
    }
}

impl Serialize for Room {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Room {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let text = text.pattern(Some("^(lobby|(thread|wallet)/[1-9A-HJ-NP-Za-km-z]{32,44})$"));
        let description = "`lobby`: the deployment and its threads. `thread/ID`: all of one thread. `wallet/ID`: \
            one's own seats and proposals in all threads.";
        text.description(Some(description)).into()
    }
}

impl ToSchema for Room {}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::Amount;
    use chorale_domain::state::Member;

    #[test]
    fn rooms_survive_their_text_form() {
        for room in [Room::Lobby, Room::Thread(ThreadId([7; 32])), Room::Wallet(Wallet([8; 32]))] {
            assert_eq!(room.to_string().parse(), Ok(room));
        }
        for text in ["", "thread/", "thread/abc", "wallet", "wallet/x", "LOBBY", "lobby/"] {
            assert!(text.parse::<Room>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_wallets_room_holds_its_own_seats_and_not_those_of_others() {
        let (thread, wallet) = (ThreadId([1; 32]), Wallet([2; 32]));
        let key = EntityKey::Member(thread, 0);
        let seat = |wallet| {
            let claimable = Amount(0);
            Entity::Member(Member { thread, number: 0, wallet, joined_at: 1, claimable, current: true })
        };
        assert!(Room::Wallet(wallet).holds(&key, &seat(wallet)));
        assert!(!Room::Wallet(wallet).holds(&key, &seat(Wallet([3; 32]))));
        assert!(Room::Wallet(wallet).covers(&key) && !Room::Wallet(wallet).covers(&EntityKey::Config));
        assert!(Room::Thread(thread).holds(&key, &seat(wallet)) && !Room::Lobby.covers(&key));
    }
}
