//! Names of entities.

use crate::content::ContentHash;
use crate::id::ThreadId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names an entity. Its text form is `kind` or `kind/thread[/rest]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EntityKey {
    /// The deployment's configuration.
    Config,
    /// The system's reserve.
    Treasury,
    /// The state roots that were posted last.
    Roots,
    /// A thread.
    Thread(ThreadId),
    /// A member of a thread, by number.
    Member(ThreadId, u32),
    /// A proposal, by content hash. A hash proposed again is a new version of the same entity.
    Proposal(ThreadId, ContentHash),
    /// A message of a thread, by content hash.
    Message(ThreadId, ContentHash),
}

impl EntityKey {
    /// The kind of entity, as stored in `entity_type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Treasury => "treasury",
            Self::Roots => "roots",
            Self::Thread(_) => "thread",
            Self::Member(..) => "member",
            Self::Proposal(..) => "proposal",
            Self::Message(..) => "message",
        }
    }

    /// The thread it belongs to.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::Config | Self::Treasury | Self::Roots => None,
            Self::Thread(thread)
            | Self::Member(thread, _)
            | Self::Proposal(thread, _)
            | Self::Message(thread, _) => Some(*thread),
        }
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Config | Self::Treasury | Self::Roots => f.write_str(kind),
            Self::Thread(thread) => write!(f, "{kind}/{thread}"),
            Self::Member(thread, number) => write!(f, "{kind}/{thread}/{number}"),
            Self::Proposal(thread, hash) | Self::Message(thread, hash) => write!(f, "{kind}/{thread}/{hash}"),
        }
    }
}

/// Text that names no entity.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} names no entity: expected config, treasury, roots, thread/ID, member/ID/NUMBER, proposal/ID/HASH or message/ID/HASH"
)]
pub struct ParseKeyError(String);

impl FromStr for EntityKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split('/').collect();
        let key = match parts.as_slice() {
            ["config"] => Some(Self::Config),
            ["treasury"] => Some(Self::Treasury),
            ["roots"] => Some(Self::Roots),
            ["thread", thread] => thread.parse().ok().map(Self::Thread),
            ["member", thread, number] => both(thread, number).map(|(t, n)| Self::Member(t, n)),
            ["proposal", thread, hash] => both(thread, hash).map(|(t, h)| Self::Proposal(t, h)),
            ["message", thread, hash] => both(thread, hash).map(|(t, h)| Self::Message(t, h)),
            _ => None,
        };
        key.ok_or_else(|| ParseKeyError(text.into()))
    }
}

fn both<A: FromStr, B: FromStr>(a: &str, b: &str) -> Option<(A, B)> {
    Some((a.parse().ok()?, b.parse().ok()?))
}

impl Serialize for EntityKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntityKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Hash32;

    #[test]
    fn keys_survive_their_text_form() {
        let thread = ThreadId([1; 32]);
        let hash = Hash32([2; 32]);
        let keys = [
            EntityKey::Config,
            EntityKey::Treasury,
            EntityKey::Roots,
            EntityKey::Thread(thread),
            EntityKey::Member(thread, 31),
            EntityKey::Proposal(thread, hash),
            EntityKey::Message(thread, hash),
        ];
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in ["", "thread", "thread/", "member/x/1", "config/1", "nothing"] {
            assert!(text.parse::<EntityKey>().is_err(), "{text}");
        }
    }
}
